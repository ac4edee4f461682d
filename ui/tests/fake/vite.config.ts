// The window over a made-up backend, to look at it in a browser. Built apart; nothing of it gets into dist/.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { shared } from '../../vite.config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  ...shared,
  root: here('.'),
  base: './',
  build: { outDir: here('../../node_modules/.fake'), emptyOutDir: true, target: 'safari16.4', assetsInlineLimit: 0 },
  preview: { port: 4199, strictPort: true, host: '127.0.0.1' },
});

// Installs the made-up backend, then starts the window as it ships.
import { mockIPC, mockWindows } from '@tauri-apps/api/mocks';
import { answer } from './backend';

mockWindows('main');
mockIPC((command, args) => answer(command, (args ?? {}) as Record<string, never>), { shouldMockEvents: true });
await import('../../src/main');

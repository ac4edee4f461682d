// Models to ask and to pull. `?state=`: new and no-ollama (none), pulling (one is on its way), retired (the chosen one is), unlisted
// (Claude's list lacks it), offline (there is only the short list to fall back on).
import { emit } from '@tauri-apps/api/event';
import type { ErrorCode, IpcError, ModelInfo, ModelRef, Models, Pull, RecommendedModel } from '../../src/lib/bindings';

type Args = Record<string, any>;
const DAY = 86_400_000;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const fail = (code: ErrorCode, message: string): never => {
  throw { code, message, retryAfterSeconds: null } satisfies IpcError;
};

export const llama: ModelRef = { provider: 'ollama', name: 'llama3.2:3b' };
export const claude: ModelRef = { provider: 'claude', name: 'claude-sonnet-5-5' };
const of = (model: ModelRef, label: string, more: Partial<ModelInfo>): ModelInfo => ({
  model, label, sizeBytes: null, contextTokens: null, parameters: null, thinking: 'never', seesImages: false, usesTools: false, lifecycle: 'active', retiresAt: null, ...more,
});
const local = (name: string, more: Partial<ModelInfo>) => of({ provider: 'ollama', name }, name, more);
const remote = (name: string, label: string, more: Partial<ModelInfo>) => of({ provider: 'claude', name }, label, { contextTokens: 1_000_000, seesImages: true, usesTools: true, ...more });

const RECOMMENDED: RecommendedModel[] = [
  { name: 'llama3.2:3b', label: 'Llama 3.2 3B', description: 'Quick on any computer; good for explanations and summaries.', sizeBytes: 2.02e9, contextTokens: 131_072, embeds: false },
  { name: 'qwen3:8b', label: 'Qwen3 8B', description: 'Thinks when asked to; strong at maths and code with 8 GB of memory.', sizeBytes: 5.23e9, contextTokens: 40_960, embeds: false },
  { name: 'gemma3:4b', label: 'Gemma 3 4B', description: 'Good in many languages.', sizeBytes: 3.34e9, contextTokens: 131_072, embeds: false },
  { name: 'nomic-embed-text', label: 'Nomic Embed', description: 'Finds messages and cards by meaning. It does not chat.', sizeBytes: 0.274e9, contextTokens: 2_048, embeds: true },
];

export function modelCommands(life: string, fresh: boolean): Record<string, (args: Args) => unknown> {
  let hasKey = !fresh;
  let embedding = fresh || life === 'pulling' ? null : 'nomic-embed-text';
  const ollama: ModelInfo[] = fresh && life !== 'new' ? [] : [
    local('llama3.2:3b', { sizeBytes: 2.02e9, contextTokens: 131_072, parameters: '3.2B', usesTools: true }),
    local('qwen3:8b', { sizeBytes: 5.23e9, contextTokens: 40_960, parameters: '8.2B', thinking: 'on_request', usesTools: true }),
    local('gpt-oss:20b', { sizeBytes: 13.8e9, contextTokens: 131_072, parameters: '20.9B', thinking: 'always', usesTools: true }),
  ];
  const remotes = [
    remote('claude-opus-5-5', 'Claude Opus 5.5', { thinking: 'on_request' }),
    ...(life === 'unlisted' || life === 'offline' ? [] : [remote('claude-sonnet-5-5', 'Claude Sonnet 5.5', { thinking: 'on_request', ...(life === 'retired' ? { lifecycle: 'retired', retiresAt: Date.now() - 20 * DAY } : {}) })]),
    remote('claude-haiku-4-5', 'Claude Haiku 4.5', { lifecycle: 'deprecated', retiresAt: Date.now() + 80 * DAY }),
    remote('claude-3-5-sonnet', 'Claude Sonnet 3.5', { lifecycle: 'retired', retiresAt: Date.now() - 300 * DAY, contextTokens: 200_000 }),
  ];
  const pulls = new Map<string, Pull>();
  const tell = (pull: Pull) => {
    pulls.set(pull.name, pull);
    void emit('pull-changed', pull);
  };

  async function pull(name: string): Promise<null> {
    const known = RECOMMENDED.find((one) => one.name === name);
    const total = known?.sizeBytes ?? 1e9;
    let done = pulls.get(name)?.completedBytes ?? 0;
    const at = (state: Pull['state'], more: Partial<Pull> = {}) => tell({ name, state, completedBytes: done, totalBytes: total, bytesPerSecond: null, problem: null, ...more });
    at('running', { totalBytes: null });
    await wait(40);
    if (/nope/.test(name)) {
      const problem = `Ollama knows no model called ${name}. Look for its name at https://ollama.com/search.`;
      at('failed', { totalBytes: null, problem });
      return fail('model_not_found', problem);
    }
    const steps = life === 'full' ? 10 : 400;
    while (done < total) {
      if (pulls.get(name)?.state === 'cancelled') return null;
      done = Math.min(total, done + total / steps);
      at('running', { bytesPerSecond: total / steps / 0.05 });
      await wait(50);
    }
    at('verifying');
    await wait(300);
    if (known?.embeds) embedding = name;
    else if (!ollama.some(({ label }) => label === name)) ollama.push(local(name, { sizeBytes: total, contextTokens: known?.contextTokens ?? 8_192, parameters: '4.3B', seesImages: /gemma/.test(name) }));
    at('done');
    return null;
  }
  // Pulling works from an event on, and events only once the window listens.
  if (life === 'pulling') setTimeout(() => void pull('gemma3:4b'), 400);

  return {
    list_models: (): Models => ({
      ollama: life === 'no-ollama'
        ? { address: 'http://127.0.0.1:11434', running: false, problem: 'Ollama is not running at http://127.0.0.1:11434. Start it, or get it from https://ollama.com/download, then try again.', models: [], recommended: RECOMMENDED, pulls: [], embeddingModel: null }
        : { address: 'http://127.0.0.1:11434', running: true, problem: null, embeddingModel: embedding, models: structuredClone(ollama), recommended: RECOMMENDED, pulls: [...pulls.values()] },
      claude: { hasKey, problem: life === 'offline' ? 'This computer seems to be offline.' : null, models: hasKey ? remotes : [] },
    }),
    save_api_key: ({ key }) => (String(key).startsWith('sk-') ? ((hasKey = true), null) : fail('key_invalid', 'Claude refused the API key. Check it in Settings.')),
    delete_api_key: () => ((hasKey = false), null),
    pull_model: ({ name }) => pull(name),
    cancel_pull: ({ name }) => (tell({ ...pulls.get(name)!, state: 'cancelled', bytesPerSecond: null }), null),
    delete_model: ({ name }) => (ollama.splice(ollama.findIndex(({ label }) => label === name), 1), null),
    load_image: async ({ url }) => {
      await wait(60);
      if (/evil/.test(url)) return fail('unreachable', 'The picture could not be loaded: evil.example was not found.');
      return 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGNgaPiPFQ0uiYb/AHQmf4F2HZ5GAAAAAElFTkSuQmCC';
    },
  };
}

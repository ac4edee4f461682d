// What a MemoryLoop with some months of use would answer. `?state=` picks another life: new, signed-out, no-ollama,
// starting, failed.
import type { CardRow, ChatEvent, Conversation, Draft, IpcError, Message, ModelRef, Settings, StudyStep } from '../../src/lib/bindings';
import { ANSWER, DECK, HOSTILE } from './texts';
import type { Scheduling } from '../../src/lib/bindings';
import { statisticsCommands, withFit } from './statistics';

const now = Date.now();
const MIN = 60_000;
const DAY = 86_400_000;
const life = new URLSearchParams(location.search).get('state') ?? 'full';
const fresh = ['new', 'no-ollama', 'starting', 'failed'].includes(life);
const slow = life === 'slow' ? 400 : 0;

const fail = (code: IpcError['code'], message: string): never => {
  throw { code, message, retryAfterSeconds: null } satisfies IpcError;
};
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const llama: ModelRef = { provider: 'ollama', name: 'llama3.2:3b' };
const claude: ModelRef = { provider: 'claude', name: 'claude-sonnet-5-5' };
let profile = life === 'signed-out' || life === 'failed' || life === 'starting' ? null : { id: 'u1', email: 'ada@example.org' };
let settings: Settings = { model: fresh ? null : claude, theme: 'system' };
let hasKey = !fresh;

const titles = ['Why spacing beats cramming', 'HTTPS and certificates', 'Quadratic formula, derived', 'Rust: ownership in one page', 'The causes of the First World War and how historians have argued over them', 'Photosynthesis', 'SQL joins'];
const message = (id: string, role: 'user' | 'assistant', content: string, more: Partial<Message> = {}): Message => ({
  id, role, content, conversationId: 'c0', status: 'complete', model: role === 'assistant' ? claude : null,
  usage: role === 'assistant' ? { inputTokens: 1_204, outputTokens: 486 } : null, problem: null, hasFlashcards: false, createdAt: now, ...more,
});
const conversations: Conversation[] = fresh ? [] : titles.map((title, i) => ({
  summary: { id: `c${i}`, title, model: i % 2 ? llama : claude, createdAt: now - i * DAY, updatedAt: now - i * 0.9 * DAY - 7 * MIN },
  messages: [
    message(`q${i}`, 'user', i === 0 ? 'Why does spacing out reviews work better than cramming? Include the maths of forgetting.' : `Tell me about: ${title}`),
    message(`a${i}`, 'assistant', i === 1 ? HOSTILE : ANSWER, { hasFlashcards: i === 0, ...(i === 2 ? { status: 'failed', content: ANSWER.slice(0, 240), problem: 'Claude refused the API key. Check it in Settings.' } : {}), ...(i === 4 ? { problem: 'The answer reached its limit of length and may end early.' } : {}), ...(i === 3 ? { status: 'interrupted', content: ANSWER.slice(0, 480), usage: null } : {}) }),
  ],
}));

const rows: CardRow[] = fresh ? [] : Array.from({ length: 130 }, (_, i) => {
  const [question, answer, tag] = DECK[i % DECK.length]!;
  return {
    card: { id: `k${i}`, question: i < DECK.length ? question : `${question} (${i})`, answer, tags: [tag], source: null, createdAt: now - i * DAY, updatedAt: now - i * DAY },
    state: (['new', 'review', 'learning', 'review', 'relearning'] as const)[i % 5]!,
    due: now + [0, 3 * DAY, 8 * MIN, -DAY, 40 * DAY][i % 5]!,
  };
});
let counts = { new: 5, learning: 2, review: 8, due: 15, total: rows.length };
if (fresh) counts = { new: 0, learning: 0, review: 0, due: 0, total: 0 };

let position = 0;
const done = { again: 0, hard: 0, good: 0, easy: 0 };
function step(): StudyStep {
  const length = life === 'short' ? 2 : 15;
  if (fresh || life === 'done' || position >= length) {
    const reviewed = life === 'done' ? 0 : position;
    return { type: 'finished', summary: { reviewed, ...done, durationMs: reviewed * 9_000, nextDue: fresh ? null : now + 12 * MIN, dueTomorrow: fresh ? 0 : 23 } };
  }
  const row = rows[position]!;
  return { type: 'card', card: { card: row.card, state: row.state, revision: 3, position: position + 1, of: length, intervals: { again: MIN, hard: 6 * MIN, good: 10 * MIN * (1 + position * 400), easy: 3 * DAY * (1 + position * 12) } } };
}

type Channel<T> = { onmessage: (message: T) => void };
const running = new Map<string, boolean>();

async function send(id: string, content: string, channel: Channel<ChatEvent>) {
  const conversation = conversations.find((c) => c.summary.id === id)!;
  const question = message(`q${Math.random()}`, 'user', content, { conversationId: id });
  const answer = message(`a${Math.random()}`, 'assistant', '', { conversationId: id, status: 'streaming', usage: null });
  conversation.messages.push(question, { ...answer });
  channel.onmessage({ type: 'started', question, answer });
  running.set(id, true);
  let text = '';
  for (const piece of ANSWER.match(/[\s\S]{1,7}/g) ?? []) {
    if (!running.get(id)) break;
    text += piece;
    channel.onmessage({ type: 'text', text: piece });
    await wait(12);
  }
  const status = running.get(id) ? 'complete' : 'interrupted';
  const finished: Message = { ...answer, content: text, status, usage: { inputTokens: 210, outputTokens: 402 } };
  conversation.messages[conversation.messages.length - 1] = finished;
  const title = conversation.summary.title || content.slice(0, 40);
  conversation.summary.title = title;
  channel.onmessage({ type: 'finished', answer: finished, title });
  return null;
}

async function drafts(channel: Channel<{ partsDone: number; parts: number; drafts: number }>): Promise<Draft[]> {
  for (let part = 0; part < 3; part += 1) {
    channel.onmessage({ partsDone: part, parts: 3, drafts: part * 2 });
    await wait(500);
  }
  return DECK.slice(0, 4).map(([question, answer]) => ({ question, answer, source: { messageId: 'a0', start: 0, end: 10 } }));
}

type Args = Record<string, any>;
const commands: Record<string, (args: Args) => unknown> = {
  app_status: () => ({
    database: life === 'starting' ? { type: 'starting' } : life === 'failed' ? { type: 'failed', message: 'No usable PostgreSQL was found. Run cargo xtask app once more, or set MEMORYLOOP_POSTGRES_DIR to an installation of version 15 or later.' } : { type: 'ready' },
    profile, dataDir: '/home/ada/.local/share/org.memoryloop.desktop', keyStore: 'file', version: '0.1.0',
  }),
  create_profile: ({ email }) => (email === 'taken' ? fail('email_taken', 'There is already a profile with that name or e-mail. Sign in, or choose another.') : (profile = { id: 'u1', email })),
  sign_in: ({ email, password }) => (password === 'wrong' ? fail('wrong_password', 'That e-mail and password do not belong together. Check both and try again.') : (profile = { id: 'u1', email })),
  sign_out: () => ((profile = null), null),
  list_models: () => ({
    ollama: life === 'no-ollama'
      ? { address: 'http://127.0.0.1:11434', running: false, problem: 'Ollama is not running at http://127.0.0.1:11434. Start it, or get it from https://ollama.com/download, then try again.', models: [], embeddingModel: null }
      : { address: 'http://127.0.0.1:11434', running: true, problem: null, embeddingModel: fresh ? null : 'nomic-embed-text', models: [
          { model: llama, label: 'llama3.2:3b', sizeBytes: 2.02e9, contextTokens: 131_072 },
          { model: { provider: 'ollama', name: 'qwen3:8b' }, label: 'qwen3:8b', sizeBytes: 5.23e9, contextTokens: 40_960 },
        ] },
    claude: { hasKey, problem: null, models: hasKey ? [
      { model: { provider: 'claude', name: 'claude-opus-5-5' }, label: 'Claude Opus 5.5', sizeBytes: null, contextTokens: 1_000_000 },
      { model: claude, label: 'Claude Sonnet 5.5', sizeBytes: null, contextTokens: 1_000_000 },
    ] : [] },
  }),
  save_api_key: ({ key }) => (String(key).startsWith('sk-') ? ((hasKey = true), null) : fail('key_invalid', 'Claude refused the API key. Check it in Settings.')),
  delete_api_key: () => ((hasKey = false), null),
  get_settings: () => settings,
  set_settings: (args) => ((settings = args.settings), null),
  list_conversations: () => conversations.map((c) => ({ ...c.summary })),
  create_conversation: ({ model }) => {
    const summary = { id: `n${conversations.length}`, title: '', model, createdAt: now, updatedAt: now };
    conversations.unshift({ summary, messages: [] });
    return { ...summary };
  },
  open_conversation: ({ id }) => structuredClone(conversations.find((c) => c.summary.id === id) ?? fail('not_found', 'This conversation is not there any more. It may have been deleted.')),
  rename_conversation: ({ id, title }) => ((conversations.find((c) => c.summary.id === id)!.summary.title = title), null),
  delete_conversation: ({ id }) => (conversations.splice(conversations.findIndex((c) => c.summary.id === id), 1), null),
  set_conversation_model: () => null,
  send_message: ({ conversationId, content, onEvent }) => send(conversationId, content, onEvent),
  stop_answer: ({ conversationId }) => (running.set(conversationId, false), null),
  generate_drafts: ({ onProgress }) => drafts(onProgress),
  cancel_drafts: () => null,
  save_cards: ({ cards }) => {
    const made = cards.map((card: object, i: number) => ({ ...card, id: `s${Date.now()}${i}`, createdAt: now, updatedAt: now }));
    rows.unshift(...made.map((card: CardRow['card']) => ({ card, state: 'new', due: now }) as CardRow));
    return made;
  },
  list_cards: ({ query, after, limit }) => {
    const found = rows.filter(({ card }) => `${card.question} ${card.answer}`.toLowerCase().includes(query.toLowerCase()));
    const start = after ? found.findIndex(({ card }) => card.id === after) + 1 : 0;
    const page = found.slice(start, start + limit);
    return { rows: page, total: rows.length, next: start + limit < found.length ? page.at(-1)!.card.id : null };
  },
  update_card: ({ id, question, answer, tags }) => Object.assign(rows.find(({ card }) => card.id === id)!.card, { question, answer, tags }),
  delete_card: ({ id }) => (rows.splice(rows.findIndex(({ card }) => card.id === id), 1), null),
  add_starter_deck: () => 12,
  study_counts: () => counts,
  start_study: () => step(),
  rate_card: ({ rating }) => {
    position += 1;
    done[rating as keyof typeof done] += 1;
    return step();
  },
  today_stats: () => (fresh ? { reviewed: 0, again: 0, hard: 0, good: 0, easy: 0, durationMs: 0, added: 0 } : { reviewed: 42, again: 5, hard: 7, good: 24, easy: 6, durationMs: 11 * MIN, added: 9 }),
  open_external: ({ url }) => (console.info('opened', url), null),
};

export async function answer(command: string, args: Args): Promise<unknown> {
  if (slow) await wait(slow);
  const run = commands[command] ?? statisticsCommands[command];
  if (!run) throw new Error(`no such command: ${command}`);
  const result = await run(args);
  return /^(get_scheduling|set_review_options)$/.test(command) ? withFit(result as Scheduling) : result;
}

// What a MemoryLoop with some months of use would answer. `?state=` picks another life: new, signed-out, no-ollama,
// starting, failed; those of the chat stand in chat.ts, those of models in models.ts.
import type { CardRow, Conversation, ConversationSummary, IpcError, Scheduling, Settings } from '../../src/lib/bindings';
import { chatCommands } from './chat';
import { draftCommands } from './drafts';
import { claude, llama, modelCommands } from './models';
import { sourceOf, studyCommands } from './study';
import { DECK } from './texts';
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

let profile = life === 'signed-out' || life === 'failed' || life === 'starting' ? null : { id: 'u1', email: 'ada@example.org' };
let settings: Settings = { model: fresh ? null : life === 'flood' || life === 'silent' ? llama : claude, theme: 'system' };

const CLOZE = { kind: 'cloze' as const, question: 'When $t = S$, the chance of recall is {{c1::90 %::per cent}}: that is how $S$ is defined.', answer: 'The **stability** $S$ is a time in days.' };

const rows: CardRow[] = fresh ? [] : Array.from({ length: 130 }, (_, i) => {
  const [question, answer, tag] = DECK[i % DECK.length]!;
  return {
    card: { id: `k${i}`, question: i < DECK.length ? question : `${question} (${i})`, answer, tags: [tag], source: sourceOf(i), createdAt: now - i * DAY, updatedAt: now - i * DAY, ...(i === 5 ? CLOZE : {}) },
    state: (['new', 'review', 'learning', 'review', 'relearning'] as const)[i % 5]!,
    due: now + [0, 3 * DAY, 8 * MIN, -DAY, 40 * DAY][i % 5]!,
    suspended: i === 6,
    buriedUntil: i === 8 ? now + 0.7 * DAY : null,
  };
});
const chat = chatCommands(life, fresh);
const conversations = () => (chat.list_conversations!({}) as ConversationSummary[]).map(({ id }) => chat.open_conversation!({ id }) as Conversation);

type Args = Record<string, any>;
const commands: Record<string, (args: Args) => unknown> = {
  app_status: () => ({
    database: life === 'starting' ? { type: 'starting' } : life === 'failed' ? { type: 'failed', message: 'No usable PostgreSQL was found. Run cargo xtask app once more, or set MEMORYLOOP_POSTGRES_DIR to an installation of version 15 or later.' } : { type: 'ready' },
    profile, dataDir: '/home/ada/.local/share/org.memoryloop.desktop', keyStore: 'file', version: '0.1.0',
  }),
  create_profile: ({ email }) => (email === 'taken' ? fail('email_taken', 'There is already a profile with that name or e-mail. Sign in, or choose another.') : (profile = { id: 'u1', email })),
  sign_in: ({ email, password }) => (password === 'wrong' ? fail('wrong_password', 'That e-mail and password do not belong together. Check both and try again.') : (profile = { id: 'u1', email })),
  sign_out: () => ((profile = null), null),
  get_settings: () => settings,
  set_settings: (args) => ((settings = args.settings), null),
  list_cards: ({ query, after, limit }) => {
    const found = rows.filter(({ card }) => `${card.question} ${card.answer}`.toLowerCase().includes(query.toLowerCase()));
    const start = after ? found.findIndex(({ card }) => card.id === after) + 1 : 0;
    const page = structuredClone(found.slice(start, start + limit));
    return { rows: page, total: rows.length, next: start + limit < found.length ? page.at(-1)!.card.id : null };
  },
  add_starter_deck: () => 12,
  today_stats: () => (fresh ? { reviewed: 0, again: 0, hard: 0, good: 0, easy: 0, durationMs: 0, added: 0 } : { reviewed: 42, again: 5, hard: 7, good: 24, easy: 6, durationMs: 11 * MIN, added: 9 }),
  ...studyCommands(rows, life, fresh),
  ...chat,
  ...draftCommands(rows, life, fresh, conversations),
  ...modelCommands(life, fresh),
  open_external: ({ url }) => (console.info('opened', url), null),
};

/** What was asked for, in order. */
export const calls: { command: string; args: Args }[] = [];

export async function answer(command: string, args: Args): Promise<unknown> {
  calls.push({ command, args });
  if (slow) await wait(slow);
  const run = commands[command] ?? statisticsCommands[command];
  if (!run) throw new Error(`no such command: ${command}`);
  const result = await run(args);
  return /^(get_scheduling|set_review_options)$/.test(command) ? withFit(result as Scheduling) : result;
}

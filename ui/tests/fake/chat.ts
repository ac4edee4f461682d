// Conversations as trees of versions, and turns in them. `?state=`: long (1,000 messages), flood (100 KB at 200 tokens a second;
// `&begun=85000`: of which so much at once),
// failures (one conversation for each kind), fail-KIND (half an answer, then that), refuse-CODE (nothing starts), silent,
// waiting, thinking, context (the model no longer sees the beginning).
import { emit } from '@tauri-apps/api/event';
import type {
  ChatEvent, Conversation, ConversationSummary, ErrorCode, IpcError, Message, MessageId, Problem, ProblemKind, TurnRequest,
} from '../../src/lib/bindings';
import { claude, llama } from './models';
import { ANSWER, FLOOD, HOSTILE, SENTENCES } from './texts';

type Args = Record<string, any>;
type Channel<T> = { onmessage: (message: T) => void };
const MIN = 60_000;
const DAY = 86_400_000;
const now = Date.now();
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const fail = (code: ErrorCode, message: string): never => {
  throw { code, message, retryAfterSeconds: code === 'rate_limited' ? 8 : null } satisfies IpcError;
};

export const message = (id: string, role: 'user' | 'assistant', content: string, more: Partial<Message> = {}): Message => ({
  id, role, content, conversationId: 'c0', status: 'complete', model: role === 'assistant' ? claude : null, parentId: null, versions: [id], thoughts: '',
  usage: role === 'assistant' ? { inputTokens: 1_204, outputTokens: 486, atLeast: false } : null, costUsd: role === 'assistant' ? 0.0109 : null,
  problem: null, seenFrom: null, hasFlashcards: false, createdAt: now, ...more,
});

/** All that was ever said, of which one path is shown. */
class Tree {
  all: Message[] = [];
  /** Which of those that follow a message is shown; the first question's parent is "". */
  chosen = new Map<string, MessageId>();
  constructor(readonly summary: ConversationSummary) {}

  add(one: Message): Message {
    this.all.push(one);
    this.chosen.set(one.parentId ?? '', one.id);
    return one;
  }

  get path(): Message[] {
    const path: Message[] = [];
    for (let id = this.chosen.get(''); id; id = this.chosen.get(id)) {
      const one = this.all.find((m) => m.id === id);
      if (!one) break;
      path.push({ ...one, versions: this.all.filter((m) => m.parentId === one.parentId).map((m) => m.id) });
    }
    return path;
  }

  get conversation(): Conversation {
    return structuredClone({ summary: this.summary, messages: this.path });
  }

  exchange(question: string, answer: string, more: Partial<Message> = {}, ids: [string, string] = [`q${this.all.length}`, `a${this.all.length}`]): void {
    const parent = this.path.at(-1)?.id ?? null;
    const conversationId = this.summary.id;
    this.add(message(ids[0], 'user', question, { conversationId, parentId: parent }));
    this.add(message(ids[1], 'assistant', answer, { conversationId, parentId: ids[0], model: this.summary.model, ...(this.summary.model.provider === 'ollama' ? { costUsd: null } : {}), ...more }));
  }
}

const titles = ['Why spacing beats cramming', 'HTTPS and certificates', 'Quadratic formula, derived', 'Rust: ownership in one page', 'The causes of the First World War and how historians have argued over them', 'Photosynthesis', 'SQL joins'];
const PROBLEMS: Record<ProblemKind, string> = {
  unreachable: 'Claude could not be reached. Check the connection to the internet and try again.',
  ollama_not_running: 'Ollama is not running at http://127.0.0.1:11434. Start it, then try again.',
  model_not_found: 'Ollama does not have the model gemma3:4b. Pull it, or choose another.',
  key_missing: 'No key for Claude is saved. Enter one in Settings.',
  key_invalid: 'Claude refused the API key. Check it in Settings.',
  no_credit: 'The account at Anthropic has no credit left. Add some at https://console.anthropic.com/settings/billing, then try again.',
  refused: 'Claude declined to answer this. Put it in other words, or ask another model.',
  overloaded: 'Claude has too much to do at the moment. Try again in a minute.',
  rate_limited: 'The account has asked Claude too often. Try again in a moment.',
  context_too_long: 'The question is too long for this model. Shorten it, or choose a model with a larger context.',
  cut_at_limit: 'The answer reached its limit of length and may end early.',
  window_full: 'The conversation has filled what the model can read at once.',
  connection_cut: 'The connection broke after a part of the answer. What came is kept.',
  silent: 'Nothing came from the model for two minutes, so the question was given up.',
  empty: 'The model sent an answer without a word.',
  thought_too_long: 'The model thought until its room was used up, and wrote no answer. Ask again without thinking, or choose another model.',
  not_the_protocol: 'What answers at http://127.0.0.1:11434 is not Ollama. Check the address, or what else uses that port.',
  reported: 'Ollama reported: the model needs more memory (9.1 GiB) than is there (6.3 GiB).',
  not_stored: 'The end of the answer could not be stored. What you see was all that came.',
  unknown: 'The model failed to answer.',
};
const problem = (kind: ProblemKind): Problem => ({ kind, message: PROBLEMS[kind], retryAt: kind === 'rate_limited' || kind === 'overloaded' ? Date.now() + 25_000 : null });
const LOCAL = new Set<ProblemKind>(['ollama_not_running', 'model_not_found', 'not_the_protocol', 'reported', 'silent']);

function begun(life: string, fresh: boolean): Tree[] {
  if (fresh) return [];
  const summary = (id: string, title: string, i: number, model = i % 2 ? llama : claude) =>
    new Tree({ id, title, model, thinking: false, createdAt: now - i * DAY, updatedAt: now - i * 0.9 * DAY - 7 * MIN });
  if (life === 'failures') {
    return (Object.keys(PROBLEMS) as ProblemKind[]).map((kind, i) => {
      const tree = summary(`f-${kind}`, kind, i, LOCAL.has(kind) ? { provider: 'ollama', name: kind === 'model_not_found' ? 'gemma3:4b' : 'llama3.2:3b' } : claude);
      const begunAnswer = ['cut_at_limit', 'window_full', 'connection_cut', 'not_stored'].includes(kind);
      tree.exchange('Why does spacing help?', begunAnswer ? ANSWER.slice(0, 300) : '', { status: begunAnswer && kind !== 'connection_cut' ? 'complete' : 'failed', problem: problem(kind) });
      return tree;
    });
  }
  const trees = titles.map((title, i) => {
    const tree = summary(`c${i}`, title, i);
    const text = i === 1 ? HOSTILE : ANSWER;
    tree.exchange(i === 0 ? 'Why does spacing out reviews work better than cramming? Include the maths of forgetting.' : `Tell me about: ${title}`, text, {
      hasFlashcards: i === 0,
      ...(i === 2 ? { status: 'failed', content: ANSWER.slice(0, 240), problem: problem('key_invalid') } : {}),
      ...(i === 3 ? { status: 'interrupted', content: ANSWER.slice(0, 480), usage: { inputTokens: 1_204, outputTokens: 0, atLeast: true } } : {}),
      ...(i === 4 ? { problem: problem('cut_at_limit') } : {}),
      ...(i === 5 ? { thoughts: 'The person asks about photosynthesis.\n\n1. Light reactions.\n2. The Calvin cycle.' } : {}),
    }, [`q${i}`, `a${i}`]);
    return tree;
  });
  if (life === 'long' || life === 'context') {
    for (let i = 0; i < (life === 'long' ? 499 : 6); i += 1) {
      const length = (i * 7) % 11;
      trees[0]!.exchange(`Question ${i + 1}: what about ${SENTENCES[i % SENTENCES.length]!.toLowerCase()}`,
        i % 5 === 4 ? ANSWER : Array.from({ length: length + 1 }, (_, n) => SENTENCES[(i + n * 3) % SENTENCES.length]).join(n(i)), { usage: { inputTokens: 900 + i * 40, outputTokens: 90 + length * 40, atLeast: false } }, [`lq${i}`, `la${i}`]);
    }
    if (life === 'context') trees[0]!.all.at(-1)!.seenFrom = 'lq3';
  }
  return trees;
}
const n = (i: number) => (i % 3 === 0 ? ' ' : '\n\n');

export function chatCommands(life: string, fresh: boolean): Record<string, (args: Args) => unknown> {
  let trees = begun(life, fresh);
  const deleted = new Map<string, Tree>();
  const before = new Map<MessageId, { all: Message[]; chosen: Map<string, MessageId> }>();
  const running = new Map<string, boolean>();
  let ids = 0;
  const gone = () => fail('not_found', 'This conversation is not there any more. It may have been deleted.');
  const tree = (id: string): Tree => trees.find((one) => one.summary.id === id) ?? gone();
  const holding = (id: MessageId): Tree => trees.find(({ all }) => all.some((one) => one.id === id)) ?? gone();

  /** The question and the answer of a turn, put where the request says. */
  function place(one: Tree, request: TurnRequest): [Message, Message] {
    const conversationId = one.summary.id;
    const found = request.type === 'send' ? null : one.all.find(({ id }) => id === request.messageId)!;
    if (request.type === 'continue') {
      const answer = Object.assign(found!, { status: 'streaming' as const, problem: null });
      one.chosen.delete(answer.id);
      return [one.all.find(({ id }) => id === answer.parentId)!, answer];
    }
    const question = request.type === 'regenerate'
      ? (found!.role === 'user' ? found! : one.all.find(({ id }) => id === found!.parentId)!)
      : one.add(message(`nq${(ids += 1)}`, 'user', request.content, { conversationId, parentId: request.type === 'edit' ? found!.parentId : (one.path.at(-1)?.id ?? null) }));
    return [question, one.add(message(`na${(ids += 1)}`, 'assistant', '', { conversationId, parentId: question.id, status: 'streaming', usage: null, costUsd: null, model: one.summary.model }))];
  }

  async function write(id: string, answer: Message, channel: Channel<ChatEvent>): Promise<void> {
    const text = life === 'flood' ? FLOOD : ANSWER;
    // 200 tokens of four characters a second; otherwise as fast as it is pleasant to look at.
    const [size, every] = life === 'flood' ? [16, 20] : [7, 12];
    const rest = text.slice(answer.content.length && text.startsWith(answer.content) ? answer.content.length : 0);
    if (life === 'silent') while (running.get(id)) await wait(50);
    if (life === 'waiting') {
      channel.onmessage({ type: 'waiting', message: 'Claude is busy and asks to wait.', until: Date.now() + 8_000 });
      for (let i = 0; i < 160 && running.get(id); i += 1) await wait(50);
    }
    if (life === 'thinking') {
      for (const piece of 'Spacing, retrieval, desirable difficulty. The person wants the maths too.\n\nSo: the curve, then the formula, then code. '.repeat(4).match(/[\s\S]{1,9}/g)!) {
        if (!running.get(id)) return;
        channel.onmessage({ type: 'thoughts', text: piece });
        answer.thoughts += piece;
        await wait(60);
      }
    }
    // What is there at once; the rest comes in its own time.
    const begun = Number(new URLSearchParams(location.search).get('begun') ?? 0);
    for (let at = 0; at < begun; at += 2_000) {
      answer.content += rest.slice(at, Math.min(at + 2_000, begun));
      channel.onmessage({ type: 'text', text: rest.slice(at, Math.min(at + 2_000, begun)) });
    }
    const from = performance.now();
    for (let at = begun; at < rest.length && running.get(id); at += size) {
      if (life.startsWith('fail-') && at > 200) return;
      const piece = rest.slice(at, at + size);
      answer.content += piece;
      channel.onmessage({ type: 'text', text: piece });
      // By the clock: timers alone are late, and then it would be slower than it says.
      const due = from + ((at - begun) / size + 1) * every - performance.now();
      if (due > 0) await wait(due);
    }
  }

  async function send(id: string, request: TurnRequest, channel: Channel<ChatEvent>): Promise<null> {
    if (life.startsWith('refuse-')) {
      const code = life.slice(7) as ErrorCode;
      return fail(code, PROBLEMS[code as ProblemKind] ?? 'The database is not there at the moment. Try again in a moment.');
    }
    const one = tree(id);
    const [question, answer] = place(one, request);
    const shown = one.path;
    channel.onmessage(structuredClone({ type: 'started', question: shown.find((m) => m.id === question.id)!, answer: shown.find((m) => m.id === answer.id)! }));
    running.set(id, true);
    await write(id, answer, channel);
    const failed = life.startsWith('fail-') ? (life.slice(5) as ProblemKind) : null;
    Object.assign(answer, {
      status: failed ? 'failed' : running.get(id) ? 'complete' : 'interrupted', problem: failed && problem(failed),
      usage: { inputTokens: 210, outputTokens: Math.round(answer.content.length / 4), atLeast: false }, costUsd: one.summary.model.provider === 'claude' ? 0.00613 : null,
    });
    running.delete(id);
    one.summary.title ||= question.content.slice(0, 40);
    channel.onmessage(structuredClone({ type: 'finished', answer: one.path.find((m) => m.id === answer.id)!, title: one.summary.title }));
    return null;
  }

  function remove(id: MessageId): Conversation {
    const one = holding(id);
    before.set(id, structuredClone({ all: one.all, chosen: one.chosen }));
    const given = one.all.find((m) => m.id === id)!;
    const question = given.role === 'user' ? given : one.all.find((m) => m.id === given.parentId)!;
    const answers = one.all.filter((m) => m.parentId === question.id).map((m) => m.id);
    const next = one.all.filter((m) => m.parentId !== null && answers.includes(m.parentId));
    const parent = question.parentId ?? '';
    one.all = one.all.filter((m) => m !== question && m.parentId !== question.id);
    for (const m of next) m.parentId = question.parentId;
    const follow = next.at(-1)?.id ?? one.all.findLast((m) => m.parentId === question.parentId)?.id;
    if (follow) one.chosen.set(parent, follow);
    else one.chosen.delete(parent);
    return one.conversation;
  }

  return {
    list_conversations: () => trees.map(({ summary }) => ({ ...summary })),
    create_conversation: ({ model }) => {
      const one = new Tree({ id: `n${(ids += 1)}`, title: '', model, thinking: false, createdAt: now, updatedAt: now });
      trees.unshift(one);
      return { ...one.summary };
    },
    open_conversation: ({ id }) => tree(id).conversation,
    rename_conversation: ({ id, title }) => ((tree(id).summary.title = title), null),
    delete_conversation: ({ id }) => {
      deleted.set(id, tree(id));
      trees = trees.filter(({ summary }) => summary.id !== id);
      return null;
    },
    restore_conversation: ({ id }) => {
      const one = deleted.get(id) ?? gone();
      trees.unshift(one);
      void emit('conversations-changed', null);
      return { ...one.summary };
    },
    set_conversation_model: ({ id, model }) => ((tree(id).summary.model = { ...model }), null),
    set_conversation_thinking: ({ id, thinking }) => ((tree(id).summary.thinking = thinking), null),
    send_message: ({ conversationId, request, onEvent }) => send(conversationId, request, onEvent),
    stop_answer: ({ conversationId }) => (running.set(conversationId, false), null),
    show_version: ({ messageId }) => {
      const one = holding(messageId);
      one.chosen.set(one.all.find(({ id }) => id === messageId)!.parentId ?? '', messageId);
      return one.conversation;
    },
    branch_conversation: ({ messageId }) => {
      const from = holding(messageId);
      const path = from.path;
      const one = new Tree({ ...from.summary, id: `n${(ids += 1)}`, title: `${from.summary.title} (branch)`, updatedAt: Date.now() });
      const named = new Map(path.map(({ id }) => [id, `b${(ids += 1)}`]));
      for (const m of path.slice(0, path.findIndex(({ id }) => id === messageId) + 1)) {
        one.add({ ...m, id: named.get(m.id)!, parentId: m.parentId && named.get(m.parentId)!, conversationId: one.summary.id });
      }
      trees.unshift(one);
      return { ...one.summary };
    },
    delete_message: ({ messageId }) => remove(messageId),
    restore_message: ({ messageId }) => {
      const kept = before.get(messageId) ?? fail('not_found', 'It is too late to take that back.');
      const one = tree(kept.all[0]!.conversationId);
      Object.assign(one, structuredClone(kept));
      return one.conversation;
    },
    conversation_markdown: ({ id }) => tree(id).path.map(({ role, content }) => `## ${role === 'user' ? 'Question' : 'Answer'}\n\n${content}`).join('\n\n'),
    export_conversation: ({ id }) => `/home/ada/Downloads/${tree(id).summary.title}.md`,
  };
}

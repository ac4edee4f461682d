// Each opened conversation with its messages and the answer that is being written. It lives here and not in the page,
// so that going elsewhere while an answer streams loses nothing.
import { asProblem, backend, channel, type Problem } from '$lib/backend';
import type { ChatEvent, Conversation, ConversationId, Message, MessageId, TurnRequest, UnixMillis } from '$lib/bindings';
import { conversations } from './conversations.svelte';
import { Pace } from './pace';

/** An answer that another window's life began is looked after by asking how far it is. */
const POLL_MS = 1_000;
/** The last event may arrive a little after the command that sent it has returned. */
const LAST_EVENT_MS = 2_000;
/** Long enough to be read while the answer already comes. */
const NOTICE_MS = 10_000;

/** What has come of the answer that is being written. Apart from the messages, so that a frame touches nothing else. */
export type Live = { id: MessageId; text: string; thoughts: string };
/** Where in the conversation the person was: at the end, or so many pixels below the head of a message. */
export type Spot = { id: MessageId; offset: number } | 'end';

/** Texts that were typed, one before the other. */
export const joined = (...texts: string[]) => texts.filter((text) => text.trim()).join('\n\n');

export class Turns {
  /** What is shown, oldest first. Replaced and never changed: a thousand of them are looked through with every change. */
  messages = $state.raw<Message[]>([]);
  live = $state.raw<Live | null>(null);
  /** False until the messages were read. */
  read = $state(false);
  /** A turn runs: from sending until its end is known. */
  running = $state(false);
  /** Another change to the conversation is on its way. */
  changing = $state(false);
  stopping = $state(false);
  /** What was sent and is not stored yet. */
  pending = $state<string | null>(null);
  /** The provider asked to wait. */
  waiting = $state.raw<{ message: string; until: UnixMillis } | null>(null);
  /** What the person should know while it goes on. */
  notice = $state<string | null>(null);
  /** Why nothing was read or nothing was started. */
  problem = $state.raw<Problem | null>(null);
  /** What was asked for and could not be started, to be asked for again. */
  refused = $state.raw<TurnRequest | null>(null);
  /** What is typed and not sent. */
  draft = $state('');
  /** The question that is being put in other words, with them. */
  editing = $state<{ id: MessageId; text: string } | null>(null);
  /** When anything last came from the model, and when its thinking began and ended; no state, as nothing is drawn by it alone. */
  heardAt = 0;
  thoughtFrom = 0;
  thoughtUntil = 0;
  /** Kept for coming back: where one was, and how tall each message was drawn. */
  spot: Spot = 'end';
  readonly heights = new Map<MessageId, number>();
  #text = '';
  #thoughts = '';
  #pace = new Pace(() => this.#flush());
  #finished: (() => void) | null = null;
  #polling: ReturnType<typeof setTimeout> | undefined;
  #noticed: ReturnType<typeof setTimeout> | undefined;
  /** Edits that were begun and left for another. */
  #edits = new Map<MessageId, string>();
  /** The field as it was when a question that could not be sent had been put back. */
  #putBack: string | null = null;
  /** The conversation was changed while something ran: it is read anew when that has ended. */
  #stale = false;

  constructor(readonly id: ConversationId) {}

  get answering(): Message | null {
    const last = this.messages.at(-1);
    return last?.role === 'assistant' && last.status === 'streaming' ? last : null;
  }

  /** Whether nothing else may be begun now. */
  get busy(): boolean {
    return this.running || this.changing || this.answering !== null;
  }

  get lastQuestion(): Message | null {
    return this.messages.findLast(({ role }) => role === 'user') ?? null;
  }

  async load(): Promise<void> {
    if (this.running) return;
    this.#stale = false;
    try {
      const conversation = await backend.openConversation(this.id);
      // A turn that began meanwhile knows better.
      if (this.running) return;
      this.#show(conversation);
      this.problem = null;
    } catch (error) {
      this.problem = asProblem(error);
    }
  }

  #show({ summary, messages }: Conversation): void {
    this.messages = messages;
    this.live = null;
    this.read = true;
    conversations.know(summary);
    clearTimeout(this.#polling);
    if (this.answering) this.#polling = setTimeout(() => void this.load(), POLL_MS);
  }

  /** What was changed from elsewhere is shown; what runs now is not disturbed by it. */
  apply(conversation: Conversation): void {
    if (this.running || this.changing) this.#stale = true;
    else this.#show(conversation);
  }

  /** What went wrong before stays said. */
  async #reread(): Promise<void> {
    const { problem } = this;
    await this.load();
    this.problem ??= problem;
  }

  /** Whether this message, or another version in its place, is shown. */
  holds(id: MessageId): 'shown' | 'version' | null {
    if (this.messages.some((message) => message.id === id)) return 'shown';
    return this.messages.some(({ versions }) => versions.includes(id)) ? 'version' : null;
  }

  /** Sends `content`. What was not stored is put back where it was typed, before what was typed since. */
  async send(content: string, typed = true): Promise<void> {
    if (this.running || !content.trim()) return;
    this.pending = content;
    const started = await this.#turn({ type: 'send', content });
    if (started) return;
    if (typed) this.draft = joined(content, this.draft);
    this.#putBack = this.draft;
  }

  /** Begins to put a question in other words, where it was left if it was begun before. */
  edit({ id, content }: Message): void {
    const { editing } = this;
    if (editing?.id === id) return;
    if (editing) this.#edits.set(editing.id, editing.text);
    this.editing = { id, text: this.#edits.get(id) ?? content };
  }

  leaveEdit(): void {
    if (this.editing) this.#edits.delete(this.editing.id);
    this.editing = null;
  }

  /** A question as it is being put now. */
  wording({ id, content }: Message): string {
    return this.editing?.id === id ? this.editing.text : content;
  }

  /** What could not be asked here, to be asked elsewhere; what was put back into the field is taken from it. */
  takeRefused(): string {
    const { refused } = this;
    if (refused?.type === 'edit') return this.editing?.id === refused.messageId ? this.editing.text : refused.content;
    if (refused?.type === 'regenerate' || refused?.type === 'continue') {
      const about = this.messages.find(({ id }) => id === refused.messageId);
      const question = about?.role === 'user' ? about : this.messages.find(({ id }) => id === about?.parentId);
      if (question) return this.wording(question);
    }
    const { draft } = this;
    this.draft = '';
    return draft.trim() || refused?.type !== 'send' ? draft : refused.content;
  }

  /** Sends what the question that is being edited says now. What could not be sent stays in its field. */
  async resend(): Promise<void> {
    const { editing } = this;
    if (!editing?.text.trim() || this.busy) return;
    await this.#turn({ type: 'edit', messageId: editing.id, content: editing.text });
  }

  regenerate(id: MessageId): Promise<unknown> {
    return this.busy ? Promise.resolve() : this.#turn({ type: 'regenerate', messageId: id });
  }

  goOn(id: MessageId): Promise<unknown> {
    return this.busy ? Promise.resolve() : this.#turn({ type: 'continue', messageId: id });
  }

  /** What could not be started is started; a question that was put back is taken from its field again, as it is there now. */
  again(): Promise<unknown> {
    const { refused } = this;
    if (!refused || this.running) return Promise.resolve();
    if (refused.type !== 'send') return this.#turn(refused);
    const { draft } = this;
    const corrected = draft !== this.#putBack && draft.trim() !== '';
    if (corrected) this.draft = '';
    else if (draft.startsWith(refused.content)) this.draft = draft.slice(refused.content.length).trimStart();
    return this.send(corrected ? draft : refused.content);
  }

  /** Runs a turn to its end; whether it was started at all. */
  async #turn(request: TurnRequest): Promise<boolean> {
    this.running = true;
    this.stopping = false;
    this.problem = null;
    this.refused = null;
    this.#say(null);
    this.waiting = null;
    this.#text = this.#thoughts = '';
    this.thoughtFrom = this.thoughtUntil = 0;
    this.heardAt = Date.now();
    clearTimeout(this.#polling);
    let started = false;
    let refused = false;
    const finished = new Promise<void>((resolve) => (this.#finished = resolve));
    const heard = channel<ChatEvent>((event) => {
      started ||= event.type === 'started' || event.type === 'finished';
      this.#on(event, request);
    });
    try {
      await backend.sendMessage(this.id, request, heard);
      await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, LAST_EVENT_MS))]);
    } catch (error) {
      refused = true;
      const problem = asProblem(error);
      // Whoever stopped it before it began knows; the question is put back all the same.
      if (problem.code === 'cancelled') return started;
      this.problem = problem;
      if (!started) this.refused = request;
    } finally {
      const ended = this.#finished === null;
      this.#finished = null;
      this.#flush();
      this.pending = this.waiting = null;
      this.#say(null);
      this.running = false;
      this.stopping = false;
      // The end was not heard of: what is stored tells it.
      if (this.#stale || (!ended && !refused)) await this.#reread();
    }
    return started;
  }

  #on(event: ChatEvent, request: TurnRequest): void {
    this.heardAt = Date.now();
    switch (event.type) {
      case 'started':
        return this.#begin(event.question, event.answer, request);
      case 'text':
        if (this.thoughtFrom && !this.thoughtUntil) this.thoughtUntil = Date.now();
        this.#text += event.text;
        return this.#came();
      case 'thoughts':
        this.thoughtFrom ||= Date.now();
        this.#thoughts += event.text;
        return this.#came();
      case 'waiting':
        this.waiting = { message: event.message, until: event.until };
        return;
      case 'notice':
        return this.#say(event.message);
      case 'finished':
        this.#end(event.answer);
        conversations.patch(this.id, { title: event.title, updatedAt: Date.now() });
        this.#finished?.();
        this.#finished = null;
    }
  }

  #begin(question: Message, answer: Message, request: TurnRequest): void {
    this.pending = null;
    this.read = true;
    if (request.type === 'edit') {
      this.#edits.delete(request.messageId);
      if (this.editing?.id === request.messageId) this.editing = null;
    }
    const parent = this.messages.findIndex(({ id }) => id === question.parentId);
    // A question that is sent follows what is shown, whatever it is called there.
    const before = parent >= 0 ? this.messages.slice(0, parent + 1) : request.type === 'send' ? this.messages : [];
    this.messages = [...before, question, answer];
    this.live = { id: answer.id, text: answer.content, thoughts: answer.thoughts };
  }

  #end(answer: Message): void {
    this.#text = this.#thoughts = '';
    this.pending = null;
    this.waiting = null;
    this.live = null;
    const at = this.messages.findIndex(({ id }) => id === answer.id);
    this.messages = at >= 0 ? this.messages.with(at, answer) : [...this.messages, answer];
  }

  /** A notice is taken away by time and at the end: text follows it at once, before it could be read. */
  #say(notice: string | null): void {
    this.notice = notice;
    clearTimeout(this.#noticed);
    if (notice) this.#noticed = setTimeout(() => (this.notice = null), NOTICE_MS);
  }

  /** The moment until which the provider asked to wait has come: from here on silence is silence. */
  waited(): void {
    this.heardAt = Math.max(this.heardAt, this.waiting?.until ?? 0);
    this.waiting = null;
  }

  #came(): void {
    this.waiting = null;
    this.#pace.came();
  }

  #flush(): void {
    const { live } = this;
    if (live && (this.#text || this.#thoughts)) {
      this.live = { id: live.id, text: live.text + this.#text, thoughts: live.thoughts + this.#thoughts };
    }
    this.#text = this.#thoughts = '';
  }

  async stop(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    try {
      await backend.stopAnswer(this.id);
    } catch (error) {
      this.problem = asProblem(error);
      this.stopping = false;
    }
    // A turn of ours ends with its last event; one that is only looked after is asked about.
    if (!this.running) {
      this.stopping = false;
      await this.load();
    }
  }

  /** One change at a time; what comes back is shown. Whether it was done. */
  async #change(work: () => Promise<Conversation>): Promise<boolean> {
    if (this.busy) return false;
    this.changing = true;
    try {
      this.#show(await work());
      return true;
    } finally {
      this.changing = false;
      if (this.#stale) await this.load();
    }
  }

  showVersion = (id: MessageId) => this.#change(() => backend.showVersion(id));
  remove = (id: MessageId) => this.#change(() => backend.deleteMessage(id));
  /** Taken back whatever goes on: it is offered for some seconds only. */
  restore = async (id: MessageId) => this.apply(await backend.restoreMessage(id));

  markCards(messages: Set<MessageId>): void {
    if (!this.messages.some(({ id }) => messages.has(id))) return;
    this.messages = this.messages.map((message) => (messages.has(message.id) ? { ...message, hasFlashcards: true } : message));
  }

  close(): void {
    clearTimeout(this.#polling);
    clearTimeout(this.#noticed);
  }
}

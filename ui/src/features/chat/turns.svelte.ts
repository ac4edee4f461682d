// Each opened conversation with its messages and the answer that is being written. It lives here and not in the page,
// so that going elsewhere while an answer streams loses nothing.
import { asProblem, backend, channel, type Problem } from '$lib/backend';
import type { ChatEvent, ConversationId, Message, MessageId } from '$lib/bindings';
import { session } from '$lib/session.svelte';
import { conversations } from './conversations.svelte';

/** An answer that another window's life began is looked after by asking how far it is. */
const POLL_MS = 1_000;
/** The last event may arrive a little after the command that sent it has returned. */
const LAST_EVENT_MS = 2_000;

const nextFrame = (draw: () => void) => {
  // A hidden window gets no frames, and then nobody watches either.
  if (document.hidden) setTimeout(draw, 200);
  else requestAnimationFrame(draw);
};

export class Turns {
  messages = $state<Message[]>([]);
  /** False until the messages were read. */
  read = $state(false);
  /** A turn runs: from sending until its end is known. */
  running = $state(false);
  stopping = $state(false);
  /** What was sent and is not stored yet. */
  pending = $state<string | null>(null);
  /** What the person should know while it goes on. */
  notice = $state<string | null>(null);
  /** Why nothing was read or nothing was started. */
  problem = $state<Problem | null>(null);
  /** What is typed and not sent. */
  draft = $state('');
  #arrived = '';
  #scheduled = false;
  #finished: (() => void) | null = null;
  #polling: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly id: ConversationId) {}

  get answering(): Message | null {
    const last = this.messages.at(-1);
    return last?.role === 'assistant' && last.status === 'streaming' ? last : null;
  }

  async load(): Promise<void> {
    if (this.running) return;
    try {
      const conversation = await backend.openConversation(this.id);
      // A turn that began meanwhile knows better.
      if (this.running) return;
      this.messages = conversation.messages;
      this.read = true;
      this.problem = null;
      if (conversations.find(this.id)) conversations.patch(this.id, conversation.summary);
      clearTimeout(this.#polling);
      if (this.answering) this.#polling = setTimeout(() => void this.load(), POLL_MS);
    } catch (error) {
      this.problem = asProblem(error);
    }
  }

  /** Sends `content`. What was not stored is put back where it was typed, before what was typed since. */
  async send(content: string, typed = true): Promise<void> {
    if (this.running || !content.trim()) return;
    this.running = true;
    this.stopping = false;
    this.problem = null;
    this.notice = null;
    this.pending = content;
    this.#arrived = '';
    clearTimeout(this.#polling);
    const finished = new Promise<void>((resolve) => (this.#finished = resolve));
    try {
      await backend.sendMessage(this.id, content, channel<ChatEvent>((event) => this.#on(event)));
      await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, LAST_EVENT_MS))]);
    } catch (error) {
      this.problem = asProblem(error);
      if (this.pending !== null && typed) this.draft = [content, this.draft].filter((text) => text.trim()).join('\n\n');
    } finally {
      const ended = this.#finished === null;
      this.#finished = null;
      this.#flush();
      this.pending = null;
      this.notice = null;
      this.running = false;
      this.stopping = false;
      // The end was not heard of: what is stored tells it.
      if (!ended && !this.problem) await this.load();
    }
  }

  #on(event: ChatEvent): void {
    if (event.type === 'started') {
      this.pending = null;
      this.read = true;
      this.messages.push(event.question, event.answer);
    } else if (event.type === 'text') {
      this.#arrived += event.text;
      this.notice = null;
      this.#schedule();
    } else if (event.type === 'notice') {
      this.notice = event.message;
    } else {
      this.#arrived = '';
      this.pending = null;
      this.#store(event.answer);
      conversations.patch(this.id, { title: event.title, updatedAt: Date.now() });
      this.#finished?.();
      this.#finished = null;
    }
  }

  #store(answer: Message): void {
    const at = this.messages.findIndex(({ id }) => id === answer.id);
    if (at >= 0) this.messages[at] = answer;
    else this.messages.push(answer);
  }

  /** However fast pieces arrive, the page changes once a frame. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    nextFrame(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const answer = this.answering;
    if (this.#arrived && answer) answer.content += this.#arrived;
    this.#arrived = '';
  }

  async stop(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    try {
      await backend.stopAnswer(this.id);
    } catch (error) {
      this.problem = asProblem(error);
    }
    // A turn of ours ends with its last event; one that is only looked after is asked about.
    if (!this.running) {
      this.stopping = false;
      await this.load();
    }
  }

  /** Sends the question of an answer that came to nothing once more. */
  retry(answer: MessageId): Promise<void> {
    const at = this.messages.findIndex(({ id }) => id === answer);
    const question = this.messages.slice(0, at).findLast(({ role }) => role === 'user');
    return question ? this.send(question.content, false) : Promise.resolve();
  }

  markCards(messages: Set<MessageId>): void {
    for (const message of this.messages) if (messages.has(message.id)) message.hasFlashcards = true;
  }

  close(): void {
    clearTimeout(this.#polling);
  }
}

class OpenConversations {
  /** What is typed where no conversation is yet. */
  newDraft = $state('');
  #open = new Map<ConversationId, Turns>();

  of(id: ConversationId): Turns {
    let turns = this.#open.get(id);
    if (!turns) {
      turns = new Turns(id);
      this.#open.set(id, turns);
    }
    return turns;
  }

  markCards(messages: Set<MessageId>): void {
    for (const turns of this.#open.values()) turns.markCards(messages);
  }

  drop(id: ConversationId): void {
    this.#open.get(id)?.close();
    this.#open.delete(id);
  }

  forget(): void {
    for (const turns of this.#open.values()) turns.close();
    this.#open.clear();
    this.newDraft = '';
  }
}

export const openConversations = new OpenConversations();
session.onLeave(() => openConversations.forget());

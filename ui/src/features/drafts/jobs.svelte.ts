// The makings of drafts: each with how far it is and what became of it. They outlive the page that began them; what they
// make is in the tray by the time it is told of.
import { asProblem, backend, channel, type Problem } from '$lib/backend';
import type { ConversationId, DraftEvent, DraftRequest, FailedPart, JobId, MessageId, ModelRef } from '$lib/bindings';
import { route } from '$lib/route.svelte';
import { session } from '$lib/session.svelte';
import { cards } from '$lib/time';
import { toasts } from '$lib/toasts.svelte';
import { conversations } from '$features/chat/conversations.svelte';
import { newCard } from '$features/cards/newcard.svelte';
import { tray } from './tray.svelte';

/** A version 7 UUID (RFC 9562), as the core makes them; `crypto.randomUUID` is missing where a page is not "secure". */
export function newJobId(): JobId {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  new DataView(bytes.buffer).setBigUint64(0, (BigInt(Date.now()) << 16n) | BigInt((bytes[6]! << 8) | bytes[7]!));
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Where one sees it: under the last answer it reads, in that answer's conversation. */
export type JobPlace = { conversation: ConversationId | null; message: MessageId | null; what: string };

export class Job {
  readonly id = newJobId();
  running = $state(true);
  cancelling = $state(false);
  parts = $state<{ done: number; of: number } | null>(null);
  made = $state(0);
  waiting = $state<{ message: string; until: number } | null>(null);
  failed = $state.raw<FailedPart[]>([]);
  /** Nothing was made, and that is no mistake. */
  nothing = $state(false);
  /** Cards that were made once more, and wait in the tray already. */
  repeated = $state(0);
  problem = $state<Problem | null>(null);

  constructor(readonly request: DraftRequest, readonly model: ModelRef | null, readonly place: JobPlace) {}

  /** Whether there is anything left to be said of it. */
  get over(): boolean {
    return !this.running && !this.problem && !this.nothing && !this.nothingNew && this.failed.length === 0;
  }

  get nothingNew(): boolean {
    return this.made === 0 && this.repeated > 0;
  }

  hear(event: DraftEvent): void {
    if (event.type === 'waiting') this.waiting = { message: event.message, until: event.until };
    else {
      this.waiting = null;
      if (event.type === 'progress') this.parts = { done: event.partsDone, of: event.parts };
      else {
        this.made += event.drafts.length;
        tray.arrived(event.drafts);
      }
    }
  }
}

class Jobs {
  list = $state.raw<Job[]>([]);

  /** Those that are shown under an answer, newest last. */
  of(message: MessageId): Job[] {
    return this.list.filter(({ place }) => place.message === message);
  }

  get running(): number {
    return this.list.filter(({ running }) => running).length;
  }

  /** The same is not begun a second time while it runs; a new try takes the place of what is said of the last one. */
  start(request: DraftRequest, model: ModelRef | null, place: JobPlace): Job {
    const same = (job: Job) => JSON.stringify(job.request) === JSON.stringify(request);
    const known = this.list.find((job) => job.running && same(job));
    if (known) return known;
    const job = new Job(request, model, place);
    this.list = [...this.list.filter((one) => one.running || !same(one)), job];
    void this.#run(job);
    return job;
  }

  async #run(job: Job): Promise<void> {
    const who = session.profile?.id;
    try {
      const outcome = await backend.generateDrafts(job.id, job.request, job.model, channel<DraftEvent>((event) => {
        if (session.profile?.id === who) job.hear(event);
      }));
      job.failed = outcome.failed;
      job.made = Math.max(job.made, outcome.drafts);
      job.repeated = outcome.repeated;
      job.nothing = outcome.drafts === 0 && outcome.repeated === 0 && outcome.failed.length === 0 && !outcome.cancelled && !job.cancelling;
    } catch (error) {
      const problem = asProblem(error);
      if (problem.code === 'nothing_to_learn') job.nothing = true;
      else if (!job.cancelling && problem.code !== 'cancelled') job.problem = problem;
    }
    job.running = false;
    job.cancelling = false;
    job.waiting = null;
    if (session.profile?.id !== who) return;
    void tray.load();
    if (job.made === 0 && !job.nothing && !job.nothingNew && job.request.type === 'text' && !newCard.text.trim()) newCard.text = job.request.text;
    if (job.over) this.dismiss(job);
    this.#tell(job);
  }

  /** Whoever is elsewhere by then is told that it is done; and where it is spread over several answers, as most are out of sight. */
  #tell(job: Job): void {
    const there = job.place.conversation ? route.page === 'chat' && route.id === job.place.conversation : route.page === 'cards' && route.id === 'drafts';
    const spread = job.request.type === 'answers' && job.request.messageIds.length > 1;
    if (there && !spread) return;
    const look = { label: 'Look', run: () => route.go('cards', 'drafts') };
    if (job.made > 0) toasts.show(`${cards(job.made)} from ${job.place.what} wait among your drafts.`, { action: look });
    else if (job.problem) toasts.problem(job.problem);
  }

  async cancel(job: Job): Promise<void> {
    if (!job.running || job.cancelling) return;
    job.cancelling = true;
    try {
      await backend.cancelDrafts(job.id);
    } catch (error) {
      job.cancelling = false;
      toasts.problem(error);
    }
  }

  /** Asks for a part that gave nothing once more. */
  retryPart(job: Job, part: FailedPart): void {
    job.failed = job.failed.filter((one) => one !== part);
    this.start(part.request, job.model, job.place);
    if (job.over) this.dismiss(job);
  }

  /** Asks for all of it again, of another model if so wanted. */
  retry(job: Job, model = job.model): void {
    this.dismiss(job);
    this.start(job.request, model, job.place);
  }

  /** The model that is asked, as far as the window knows: that of the conversation when none was named. */
  modelOf({ model, place }: Job): ModelRef | null {
    return model ?? conversations.find(place.conversation)?.model ?? null;
  }

  dismiss(job: Job): void {
    this.list = this.list.filter((one) => one !== job);
  }

  forget(): void {
    this.list = [];
  }
}

export const jobs = new Jobs();
session.onLeave(() => jobs.forget());

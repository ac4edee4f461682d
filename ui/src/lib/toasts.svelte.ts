// Short messages at the head of the window, for what happened out of sight and what can be undone.

export type Toast = {
  id: number;
  text: string;
  tone: 'plain' | 'problem';
  action: { label: string; run: () => void } | null;
};

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;

  /** Shows a message for `forMs`; returns its id. */
  show(text: string, options: Partial<Pick<Toast, 'tone' | 'action'>> & { forMs?: number } = {}): number {
    const id = this.#next++;
    this.list.push({ id, text, tone: options.tone ?? 'plain', action: options.action ?? null });
    if (this.list.length > 3) this.list.shift();
    setTimeout(() => this.dismiss(id), options.forMs ?? 6_000);
    return id;
  }

  problem(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.show(text, { tone: 'problem', forMs: 10_000 });
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();

// On another page a message that asks for nothing would only lie over what is there.
window.addEventListener('hashchange', () => {
  toasts.list = toasts.list.filter((toast) => toast.action !== null || toast.tone === 'problem');
});

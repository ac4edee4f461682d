// What is studied, in words.
import type { Scope } from '$lib/bindings';

/** `title`: that of the conversation, when it is known. */
export function scopeWords(scope: Scope, title: string | null = null): string {
  switch (scope.type) {
    case 'all':
      return 'All cards';
    case 'tag':
      return `#${scope.tag}`;
    case 'conversation':
      return title?.trim() || 'One conversation';
    case 'failing':
      return 'Cards I keep failing';
    case 'added_this_week':
      return 'Added this week';
  }
}

export const sameScope = (a: Scope, b: Scope): boolean => JSON.stringify(a) === JSON.stringify(b);

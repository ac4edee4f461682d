// Texts as models and people write them, and one as an attacker would.
export const ANSWER = String.raw`Spacing works because **forgetting is part of learning**: each time you recall something just as it begins to fade, the memory comes back stronger and fades more slowly.

## The forgetting curve

The chance $R$ that you can recall a fact after $t$ days depends on its *stability* $S$:

$$
R(t, S) = \left(1 + F\,\frac{t}{S}\right)^{-w_{20}}, \qquad F = 0.9^{-1/w_{20}} - 1
$$

- Right after a review, \(R = 1\).
- When $t = S$, you remember it with a chance of 90 %.
- A successful recall at a *low* $R$ raises $S$ the most.

> Memory is the residue of thought. — Daniel Willingham

### In code

` + '```python\ndef retrievability(t: float, s: float, w20: float = 0.1542) -> float:\n    """Chance of recall after t days."""\n    factor = 0.9 ** (-1 / w20) - 1\n    return (1 + factor * t / s) ** -w20\n```' + String.raw`

| Study plan | Recall after a week | After a month |
|---|---:|---:|
| One long session | 41 % | 17 % |
| Four spaced sessions | 78 % | 62 % |

So the same hour, cut into four, is worth far more. It costs about $5 less and $10 more in patience.`;

export const HOSTILE = `Certificates bind a **name** to a key.

<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>
<a href="javascript:alert(1)">click</a> and [this](javascript:alert(1)) and [fine](https://example.org/a?b=c).

![a tracking pixel](https://evil.example/pixel.png)

<iframe src="https://evil.example"></iframe>`;

export const DECK: [string, string, string][] = [
  ['What does *retrieval practice* mean?', 'Recalling something from memory instead of reading it again. It strengthens the memory more than rereading does.', 'remembering'],
  ['Which formula gives the chance of recall in FSRS?', '$$R(t,S) = \\left(1 + F\\,\\frac{t}{S}\\right)^{-w_{20}}$$', 'fsrs'],
  ['In Rust, what does `&mut T` guarantee?', 'That this is the **only** reference to the value while it lives:\n\n```rust\nlet r = &mut value;\nr.push(1);\n```', 'rust'],
  ['Why is a card with one fact better than a card with five?', 'Because you forget the five at different rates; one card can only be scheduled at one.', 'remembering'],
  ['Which gas do plants take in for photosynthesis?', 'Carbon dioxide, $CO_2$.', 'biology'],
];

/** To make long conversations of. */
export const SENTENCES = [
  'Recalling something strengthens it more than reading it again.',
  'A card with **one fact** can be scheduled at the rate at which that fact is forgotten.',
  'The hippocampus binds what happens together; sleep moves it to the *neocortex*.',
  'Interference is worst between things that are alike, so `b` and `d` are learned apart.',
  'With $S = 10$ days, recall after a week is about 92 %.',
  '- First, try to answer.\n- Then look.\n- Then rate it honestly.',
  'What one generates oneself stays longer than what one is told.',
  '> Desirable difficulties slow learning down and make it last.',
];

/** 100 KB as a model writes them when asked for everything: prose, lists, code, tables, formulas. */
export const FLOOD = (() => {
  const code = '```python\n' + Array.from({ length: 400 }, (_, i) => `def step_${i}(state: dict) -> dict:\n    return {**state, "n": state["n"] + ${i}}  # line ${i}`).join('\n') + '\n```';
  const list = Array.from({ length: 160 }, (_, i) => `${i + 1}. **Point ${i + 1}** about ${SENTENCES[i % 5]!.toLowerCase()}`).join('\n');
  const table = '| Day | Recall | Why |\n|---:|---:|---|\n' + Array.from({ length: 60 }, (_, i) => `| ${i} | ${100 - i} % | ${SENTENCES[i % 5]} |`).join('\n');
  const text = Array.from({ length: 12 }, (_, i) => `## Part ${i + 1}\n\n${ANSWER}\n\n${SENTENCES.join(' ').replace(/\n/g, ' ')}`).join('\n\n');
  return `${text}\n\n${list}\n\n${table}\n\n${code}\n\n${text}`.slice(0, 102_400);
})();

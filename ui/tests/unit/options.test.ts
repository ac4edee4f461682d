// The options of reviewing: read as one types them in Anki, kept one by one, and never while they make no sense.
import { expect, test } from 'vitest';
import { readSteps, readWhole, sameOptions, stepsText } from '../../src/features/settings/options';
import { draw, named, one, open, press, type, until } from './window';

test.each([
  ['1m 10m', [60, 600]], ['30s, 1h 1d', [30, 3_600, 86_400]], ['10', [600]], ['1.5m', [90]], ['', []], ['  15M ', [900]],
] as const)('"%s"', (text, steps) => expect(readSteps(text)).toEqual({ value: steps }));

test.each(['10x', 'm', '0', '0s', '2d', '-1m', '1m;2m', Array(21).fill('1m').join(' ')])('"%s" is no step', (text) => {
  expect(readSteps(text)).toHaveProperty('problem');
});

test('steps are written as they are read', () => {
  expect(stepsText([60, 600, 90, 3_600, 86_400])).toBe('1m 10m 90s 1h 1d');
  for (const steps of [[60], [1, 59, 61], []]) expect(readSteps(stepsText(steps))).toEqual({ value: steps });
});

test('whole numbers, within their limits', () => {
  expect(readWhole(' 36,500 ', 1, 36_500)).toEqual({ value: 36_500 });
  expect(readWhole('0', 0, 9)).toEqual({ value: 0 });
  for (const text of ['', '1.5', '-1', '10000', 'ten']) expect(readWhole(text, 0, 9_999)).toHaveProperty('problem');
});

test('retention is compared as a person sees it: it comes back as a 32-bit number', () => {
  expect(sameOptions({ desiredRetention: 0.9 }, { desiredRetention: Math.fround(0.9) })).toBe(true);
  expect(sameOptions({ desiredRetention: 0.9 }, { desiredRetention: 0.91 })).toBe(false);
});

const stored = async () => {
  const { answer } = await import('../fake/backend');
  return ((await answer('get_scheduling', {})) as { options: Record<string, unknown> }).options;
};
const leave = (field: HTMLElement) => field.dispatchEvent(new FocusEvent('blur'));

test('a field is kept when it is left, and not while it makes no sense', async () => {
  await open('full', '#/settings');
  await until(() => named('textbox', 'Learning steps').length);
  const steps = one('textbox', 'Learning steps') as HTMLInputElement;
  expect(steps.value).toBe('1m 10m');
  type(steps, '5 fortnights');
  leave(steps);
  await until(() => document.body.textContent?.includes('is not a step'));
  expect(steps.getAttribute('aria-invalid')).toBe('true');
  expect(await stored()).toMatchObject({ learningSteps: [60, 600] });
  steps.focus();
  type(steps, '2m 1h');
  press('Enter');
  await until(() => document.body.textContent?.includes('Saved.'));
  expect(await stored()).toMatchObject({ learningSteps: [120, 3_600] });
  expect(steps.getAttribute('aria-invalid')).toBeNull();
});

test('slider, lists, limits and the box are kept; the defaults come back, and can be undone', async () => {
  await open('full', '#/settings');
  await until(() => named('textbox', 'New cards a day').length);
  expect((one('button', 'Reset to defaults') as HTMLButtonElement).disabled).toBe(true);
  const slider = document.querySelector<HTMLInputElement>('input[type="range"]')!;
  expect([slider.min, slider.max, slider.value]).toEqual(['70', '97', '90']);
  type(slider, '85');
  draw();
  expect(document.querySelector('output')?.textContent).toBe('85%');
  expect(await stored()).toMatchObject({ desiredRetention: 0.9 });
  slider.dispatchEvent(new Event('change', { bubbles: true }));
  const order = document.querySelector<HTMLSelectElement>('#new-order')!;
  order.value = 'shuffled';
  order.dispatchEvent(new Event('change', { bubbles: true }));
  document.querySelector<HTMLInputElement>('.check input')!.click();
  const limit = one('textbox', 'New cards a day');
  type(limit, '35');
  leave(limit);
  const expected = { desiredRetention: 0.85, newOrder: 'shuffled', fuzz: false, newPerDay: 35, reviewsPerDay: 200 };
  for (let i = 0; i < 50 && (await stored()).newPerDay !== 35; i += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await stored()).toMatchObject(expected);
  await until(() => !(one('button', 'Reset to defaults') as HTMLButtonElement).disabled);
  one('button', 'Reset to defaults').click();
  await until(() => document.body.textContent?.includes('set to their defaults'));
  expect(await stored()).toMatchObject({ desiredRetention: 0.9, newPerDay: 20 });
  one('button', 'Undo').click();
  await until(() => (one('textbox', 'New cards a day') as HTMLInputElement).value === '35');
  expect(await stored()).toMatchObject(expected);
});

test('what could not be kept is said: what was typed stays to be tried again, what was chosen is shown as it is kept', async () => {
  await open('full', '#/settings');
  await until(() => named('textbox', 'New cards a day').length);
  const { commands } = await import('$lib/bindings');
  const works = commands.setReviewOptions;
  commands.setReviewOptions = async () => ({ status: 'error', error: { code: 'disk_full', message: 'The disk is full.', retryAfterSeconds: null } });
  const limit = one('textbox', 'New cards a day') as HTMLInputElement;
  type(limit, '13');
  leave(limit);
  await until(() => document.body.textContent?.includes('The disk is full.'));
  expect(limit.value).toBe('13');
  const order = document.querySelector<HTMLSelectElement>('#new-order')!;
  order.value = 'shuffled';
  order.dispatchEvent(new Event('change', { bubbles: true }));
  await until(() => order.value === 'created');
  const fuzz = document.querySelector<HTMLInputElement>('.check input')!;
  fuzz.click();
  expect(fuzz.checked).toBe(false);
  await until(() => fuzz.checked);
  commands.setReviewOptions = works;
  leave(limit);
  await until(() => document.body.textContent?.includes('Saved.'));
  expect(await stored()).toMatchObject({ newPerDay: 13, newOrder: 'created', fuzz: true });
});

test('what is typed or slid while the last is being kept is not lost', async () => {
  await open('full', '#/settings');
  await until(() => named('textbox', 'New cards a day').length);
  const limit = one('textbox', 'New cards a day') as HTMLInputElement;
  const slider = document.querySelector<HTMLInputElement>('input[type="range"]')!;
  type(limit, '13');
  leave(limit);
  type(limit, '130');
  type(slider, '85');
  slider.dispatchEvent(new Event('change', { bubbles: true }));
  type(slider, '86');
  for (let i = 0; i < 50 && (await stored()).desiredRetention !== 0.85; i += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  await until(() => document.body.textContent?.includes('Saved.'));
  expect(await stored()).toMatchObject({ newPerDay: 13, desiredRetention: 0.85 });
  expect([limit.value, slider.value]).toEqual(['130', '86']);
});

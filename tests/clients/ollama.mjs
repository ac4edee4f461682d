// The vendor's own client for Ollama against the stand-in. Every line of output names a thing that held.
import assert from "node:assert/strict";
import { Ollama } from "ollama";

const ollama = new Ollama({ host: process.env.STANDIN_URL });
const ok = (what) => console.log(`ok ${what}`);

const { models } = await ollama.list();
assert.deepEqual(models.map((model) => model.name), ["llama3.2:latest", "qwen3:8b", "nomic-embed-text:latest"]);
assert.ok(models.every((model) => model.size > 0 && model.digest.length === 64 && model.details.parameter_size));
ok("list");

const shown = await ollama.show({ model: "qwen3:8b" });
assert.ok(shown.capabilities.includes("thinking"));
assert.equal(shown.model_info["qwen3.context_length"], 40960);
ok("show");

let text = "";
let last;
for await (const part of await ollama.chat({
  model: "llama3.2",
  messages: [{ role: "user", content: "What is spaced repetition?" }],
  options: { num_ctx: 8192 },
  stream: true,
})) {
  text += part.message.content;
  last = part;
}
assert.ok(text.startsWith("## About: What is spaced repetition?") && text.includes("naïve"));
assert.equal(last.done_reason, "stop");
assert.ok(last.prompt_eval_count > 0 && last.eval_count > 0 && last.total_duration > 0);
ok("chat, streamed");

let thought = "";
for await (const part of await ollama.chat({
  model: "qwen3:8b",
  messages: [{ role: "user", content: "Why?" }],
  stream: true,
})) {
  thought += part.message.thinking ?? "";
}
assert.ok(thought.length > 0);
ok("thinking is on unless told otherwise");

const schema = {
  type: "object",
  properties: { cards: { type: "array", items: { type: "object" } } },
  required: ["cards"],
};
const passage = "<passage>\nThe forgetting curve describes how recall falls with time.\n</passage>";
const cards = await ollama.chat({
  model: "llama3.2",
  messages: [{ role: "user", content: passage }],
  format: schema,
  stream: false,
});
assert.equal(JSON.parse(cards.message.content).cards.length, 1);
ok("chat to a schema, whole");

const { embeddings } = await ollama.embed({ model: "nomic-embed-text", input: ["the cat sat", "the cat sits", "prime numbers"] });
assert.deepEqual(embeddings.map((vector) => vector.length), [768, 768, 768]);
const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
assert.ok(Math.abs(dot(embeddings[0], embeddings[0]) - 1) < 1e-4);
assert.ok(dot(embeddings[0], embeddings[1]) > dot(embeddings[0], embeddings[2]));
assert.deepEqual((await ollama.embed({ model: "nomic-embed-text", input: "" })).embeddings, []);
ok("embed");

const parts = [];
for await (const part of await ollama.pull({ model: "gemma3:4b", stream: true })) parts.push(part);
assert.equal(parts.at(-1).status, "success");
assert.equal(new Set(parts.map((part) => part.digest).filter(Boolean)).size, 2);
assert.ok((await ollama.list()).models.some((model) => model.name === "gemma3:4b"));
ok("pull");

assert.equal((await ollama.delete({ model: "gemma3:4b" })).status, "success");
assert.ok(!(await ollama.list()).models.some((model) => model.name === "gemma3:4b"));
await assert.rejects(ollama.delete({ model: "gemma3:4b" }), (error) => error.status_code === 404);
ok("delete");

await assert.rejects(
  ollama.chat({ model: "missing", messages: [{ role: "user", content: "x" }] }),
  (error) => error.status_code === 404 && error.message === "model 'missing' not found",
);
ok("404 model not found");

await assert.rejects(
  ollama.chat({ model: "llama3.2", messages: [{ role: "user", content: "x" }], think: true, stream: false }),
  (error) => error.status_code === 400 && error.message.includes("does not support thinking"),
);
ok("400 thinking is not supported");

// Scripted by the test for these questions.
await assert.rejects(async () => {
  for await (const part of await ollama.chat({ model: "llama3.2", messages: [{ role: "user", content: "error line" }], stream: true })) {
    assert.equal(part.message.content, "Half ");
  }
}, /an error was encountered while running the model/);
ok("error line");

await assert.rejects(async () => {
  for await (const _ of await ollama.chat({ model: "llama3.2", messages: [{ role: "user", content: "no last line" }], stream: true }));
}, /Did not receive done or success response in stream/);
ok("no last line");

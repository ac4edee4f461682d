// The vendor's own client for Claude against the stand-in. Every line of output names a thing that held.
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";

const options = { baseURL: process.env.STANDIN_URL, apiKey: process.env.STANDIN_KEY, maxRetries: 0 };
const claude = new Anthropic(options);
const ok = (what) => console.log(`ok ${what}`);
const model = "claude-sonnet-5-5";
const ask = (content) => ({ model, max_tokens: 1024, messages: [{ role: "user", content }] });

const models = [];
for await (const listed of claude.models.list({ limit: 2 })) models.push(listed);
assert.deepEqual(models.map((listed) => listed.id), ["claude-opus-5-5", model, "claude-haiku-5-5", "claude-haiku-4-5"]);
assert.ok(models.every((listed) => listed.max_input_tokens > 0 && listed.max_tokens > 0));
ok("models, page after page");

const retired = [];
for await (const listed of claude.models.list({ lifecycle: ["retired"] })) retired.push(listed);
assert.deepEqual(retired.map((listed) => [listed.id, listed.lifecycle]), [["claude-3-opus", "retired"]]);
assert.equal(models[1].capabilities.thinking.types.between_tools.supported, true);
ok("retired models and what a model can do");

assert.equal((await claude.models.retrieve(model)).display_name, "Claude Sonnet 5.5");
ok("one model");

const stream = claude.messages.stream(ask("What is spaced repetition?"));
let text = "";
stream.on("text", (piece) => (text += piece));
const final = await stream.finalMessage();
assert.ok(text.startsWith("## About: What is spaced repetition?") && text.includes("naïve"));
assert.deepEqual(final.content.map((block) => block.type), ["thinking", "text"]);
assert.equal(final.content[0].thinking, "");
assert.equal(final.content[1].text, text);
assert.equal(final.stop_reason, "end_turn");
assert.ok(final.usage.input_tokens > 0 && final.usage.output_tokens > 1);
ok("message, streamed");

assert.equal((await claude.messages.create(ask("Why?"))).content[1].type, "text");
ok("message, whole");

const thinking = await claude.messages.stream({ ...ask("Why?"), thinking: { type: "adaptive", display: "summarized" } }).finalMessage();
assert.equal(thinking.content[0].thinking, "Let me think.");
assert.ok(thinking.content[0].signature.length > 0);
const straight = await claude.messages.stream({ ...ask("Why?"), thinking: { type: "between_tools" } }).finalMessage();
assert.deepEqual(straight.content.map((block) => block.type), ["text"]);
await assert.rejects(claude.messages.create({ ...ask("Why?"), thinking: { type: "disabled" } }), Anthropic.BadRequestError);
ok("thinking, asked for and not");

const format = {
  type: "json_schema",
  schema: {
    type: "object",
    properties: { cards: { type: "array", items: { type: "string" } } },
    required: ["cards"],
    additionalProperties: false,
  },
};
const passage = "<passage>\nThe forgetting curve describes how recall falls with time.\n</passage>";
const cards = await claude.messages.create({ ...ask(passage), output_config: { format } });
assert.equal(JSON.parse(cards.content.at(-1).text).cards.length, 1);
const unbounded = { ...format, schema: { type: "object", properties: {} } };
await assert.rejects(claude.messages.create({ ...ask(passage), output_config: { format: unbounded } }), Anthropic.BadRequestError);
ok("message to a schema");

await assert.rejects(new Anthropic({ ...options, apiKey: "wrong" }).models.list(), (error) => {
  assert.ok(error instanceof Anthropic.AuthenticationError);
  return error.status === 401 && error.type === "authentication_error";
});
ok("401");

await assert.rejects(claude.messages.create({ ...ask("x"), model: "claude-none" }), (error) => {
  assert.ok(error instanceof Anthropic.NotFoundError);
  return error.type === "not_found_error";
});
ok("404 model not found");

await assert.rejects(claude.messages.create({ ...ask("x"), temperature: 1 }), Anthropic.BadRequestError);
ok("400 sampling is refused");

// Scripted by the test for these questions.
await assert.rejects(claude.messages.create(ask("limited")), (error) => {
  assert.ok(error instanceof Anthropic.RateLimitError);
  return error.type === "rate_limit_error" && error.headers.get("retry-after") === "7";
});
ok("429 with retry-after");

await assert.rejects(claude.messages.create(ask("overloaded")), (error) => {
  assert.ok(error instanceof Anthropic.InternalServerError);
  return error.status === 529 && error.type === "overloaded_error";
});
ok("529");

await assert.rejects(claude.messages.stream(ask("error event")).finalMessage(), (error) => {
  assert.ok(error instanceof Anthropic.APIError);
  return error.type === "overloaded_error";
});
ok("error event in the middle of a stream");

await assert.rejects(claude.messages.stream(ask("connection cut")).finalMessage());
ok("connection cut");

// The first answer is 529 again; the client's own retry gets the second.
const patient = new Anthropic({ ...options, maxRetries: 1 });
assert.equal((await patient.messages.create(ask("retried"))).role, "assistant");
ok("retried");

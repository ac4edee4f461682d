CREATE TABLE conversations (
    id             uuid   PRIMARY KEY,
    user_id        uuid   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title          text   NOT NULL,
    model_provider text   NOT NULL CHECK (model_provider IN ('ollama', 'claude')),
    model_name     text   NOT NULL,
    created_at     bigint NOT NULL,
    updated_at     bigint NOT NULL,
    -- For the foreign key of messages.
    UNIQUE (id, user_id)
);
CREATE INDEX conversations_by_change ON conversations (user_id, updated_at DESC);

CREATE TABLE messages (
    id              uuid    PRIMARY KEY,
    conversation_id uuid    NOT NULL,
    user_id         uuid    NOT NULL,
    -- The order within a conversation. Neither clock nor id tells it: two are stored within a millisecond, and a clock
    -- may jump back.
    position        bigint  GENERATED ALWAYS AS IDENTITY,
    role            text    NOT NULL CHECK (role IN ('user', 'assistant')),
    content         text    NOT NULL,
    status          text    NOT NULL CHECK (status IN ('streaming', 'complete', 'interrupted', 'failed')),
    model_provider  text    CHECK (model_provider IN ('ollama', 'claude')),
    model_name      text,
    input_tokens    bigint,
    output_tokens   bigint,
    problem         text,
    has_flashcards  boolean NOT NULL DEFAULT false,
    created_at      bigint  NOT NULL,
    -- When it was copied to LanceDB; unset is the outbox.
    indexed_at      bigint,
    CHECK ((model_provider IS NULL) = (model_name IS NULL)),
    CHECK ((input_tokens IS NULL) = (output_tokens IS NULL)),
    -- Foreign keys look past row-level security, so that the key itself must hold the owner: otherwise a message could
    -- be hung into another person's conversation.
    FOREIGN KEY (conversation_id, user_id) REFERENCES conversations (id, user_id) ON DELETE CASCADE
);
CREATE INDEX messages_of_conversation ON messages (conversation_id, position);
CREATE INDEX messages_outbox ON messages (user_id, position) WHERE indexed_at IS NULL;
CREATE INDEX messages_streaming ON messages (user_id) WHERE status = 'streaming';

REVOKE ALL ON conversations, messages FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON conversations, messages TO memoryloop_app;

ALTER TABLE conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversations FORCE  ROW LEVEL SECURITY;
ALTER TABLE messages      ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages      FORCE  ROW LEVEL SECURITY;

CREATE POLICY own ON conversations TO memoryloop_app
    USING (user_id = memoryloop_user_id()) WITH CHECK (user_id = memoryloop_user_id());
CREATE POLICY own ON messages TO memoryloop_app
    USING (user_id = memoryloop_user_id()) WITH CHECK (user_id = memoryloop_user_id());

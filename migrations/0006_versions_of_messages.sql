-- A conversation becomes a tree: a message follows another, and what follows the same one are versions of each other.
-- Deleting is taken back by unsetting deleted_at; what is deleted for good was deleted before.

-- The rules bind the tables' owner too, who would see no row to fill in below.
ALTER TABLE conversations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE messages      NO FORCE ROW LEVEL SECURITY;

ALTER TABLE conversations
    -- The message that the shown path ends at; unset, or gone, is the one that was shown last. No foreign key: it would
    -- make a circle with that of messages, and a head that is gone does no harm.
    ADD COLUMN head_id    uuid,
    ADD COLUMN thinking   boolean NOT NULL DEFAULT false,
    ADD COLUMN deleted_at bigint;

ALTER TABLE messages
    ADD COLUMN parent_id        uuid,
    -- Higher is later: of several versions, the one that was left last is shown again. Given when it is left.
    ADD COLUMN last_shown       bigint NOT NULL DEFAULT 0,
    ADD COLUMN thoughts         text   NOT NULL DEFAULT '',
    -- What kind `problem` is; unset for one from before kinds were kept.
    ADD COLUMN problem_kind     text,
    ADD COLUMN problem_retry_at bigint,
    -- The oldest message that the model was given, if not all: a message may be deleted, so that this names no row.
    ADD COLUMN seen_from        uuid,
    -- US dollars.
    ADD COLUMN cost_usd         double precision,
    ADD COLUMN deleted_at       bigint,
    ADD CHECK (parent_id <> id);

-- What was said so far is one path.
UPDATE messages SET parent_id = before.parent_id
FROM (
    SELECT id, lag(id) OVER (PARTITION BY conversation_id ORDER BY position) AS parent_id FROM messages
) AS before
WHERE messages.id = before.id;

UPDATE conversations SET head_id = last.id
FROM (SELECT DISTINCT ON (conversation_id) conversation_id, id FROM messages ORDER BY conversation_id, position DESC) AS last
WHERE conversations.id = last.conversation_id;

-- The key holds conversation and owner, so that a message follows none of another conversation or person.
ALTER TABLE messages ADD UNIQUE (id, conversation_id, user_id);
ALTER TABLE messages ADD FOREIGN KEY (parent_id, conversation_id, user_id) REFERENCES messages (id, conversation_id, user_id);

-- Deleting a message looks for what follows it.
CREATE INDEX messages_of_parent ON messages (parent_id, conversation_id, user_id);
CREATE INDEX messages_deleted ON messages (user_id, deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX conversations_deleted ON conversations (user_id, deleted_at) WHERE deleted_at IS NOT NULL;

ALTER TABLE conversations FORCE ROW LEVEL SECURITY;
ALTER TABLE messages      FORCE ROW LEVEL SECURITY;

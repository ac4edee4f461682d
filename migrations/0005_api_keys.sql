CREATE TABLE api_keys (
    user_id    uuid   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider   text   NOT NULL CHECK (provider IN ('ollama', 'claude')),
    -- pgp_sym_encrypt under a key that is derived for this person from a master key, which is never in the database.
    secret     bytea  NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (user_id, provider)
);

REVOKE ALL ON api_keys FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON api_keys TO memoryloop_app;

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE  ROW LEVEL SECURITY;

CREATE POLICY own ON api_keys TO memoryloop_app
    USING (user_id = memoryloop_user_id()) WITH CHECK (user_id = memoryloop_user_id());

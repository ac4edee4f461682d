-- All times are UTC milliseconds since 1970.
CREATE TABLE users (
    id            uuid   PRIMARY KEY,
    -- Trimmed, NFKC and lower-cased by the program.
    email         text   NOT NULL UNIQUE CHECK (email <> ''),
    -- argon2id, as a PHC string.
    password_hash text   NOT NULL,
    created_at    bigint NOT NULL
);

CREATE TABLE sessions (
    -- SHA-256 of the token; the token itself is only with the person.
    token_hash bytea  PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id    uuid   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);

REVOKE ALL ON users, sessions FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON users, sessions TO memoryloop_app;

ALTER TABLE users    ENABLE ROW LEVEL SECURITY;
ALTER TABLE users    FORCE  ROW LEVEL SECURITY;
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE  ROW LEVEL SECURITY;

CREATE POLICY own ON users TO memoryloop_app
    USING (id = memoryloop_user_id()) WITH CHECK (id = memoryloop_user_id());

-- Signing in has to find a person before the id is known: by the one e-mail that was typed, and only to read.
CREATE POLICY signing_in ON users FOR SELECT TO memoryloop_app
    USING (email = nullif(current_setting('app.sign_in_email', true), ''));

CREATE POLICY own ON sessions TO memoryloop_app
    USING (user_id = memoryloop_user_id()) WITH CHECK (user_id = memoryloop_user_id());

-- Resuming: by the hash (hex) of the one token that is presented, and only to read.
CREATE POLICY resuming ON sessions FOR SELECT TO memoryloop_app
    USING (token_hash = decode(nullif(current_setting('app.token_hash', true), ''), 'hex'));

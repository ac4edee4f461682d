-- The role that every statement of the program runs as. It owns nothing, so that row-level security binds it.
-- Roles belong to the whole server: another database on it may have made this one already, even at this moment.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'memoryloop_app') THEN
        CREATE ROLE memoryloop_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL;
END
$$;

-- Whoever migrates must be able to become that role; a superuser can anyway.
DO $$
BEGIN
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        EXECUTE format('GRANT memoryloop_app TO %I', current_user);
    END IF;
EXCEPTION
    -- Another role made it and must grant it; the program checks that it can become the role and says so.
    WHEN insufficient_privilege THEN
        RAISE NOTICE 'memoryloop_app could not be granted to %: %', current_user, SQLERRM;
END
$$;

-- The tables' schema and pgcrypto's, which some servers keep apart (Supabase: `extensions`).
DO $$
DECLARE
    place name;
BEGIN
    FOR place IN
        SELECT current_schema()
        UNION
        SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pgcrypto'
    LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO memoryloop_app', place);
    END LOOP;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE NOTICE 'a schema could not be opened to memoryloop_app: %', SQLERRM;
END
$$;

-- Who is signed in, as the transaction has said. Unset and empty mean nobody, and nobody equals no id.
CREATE FUNCTION memoryloop_user_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.user_id', true), '')::uuid;

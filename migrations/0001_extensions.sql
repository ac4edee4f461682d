-- pgcrypto encrypts the provider keys: without it nothing can be stored.
CREATE EXTENSION IF NOT EXISTS pgcrypto;

-- vector is a convenience for the server's own searches; meaning is searched in LanceDB, so that a server without it
-- will do: pg_extension tells afterwards whether it is there.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS vector;
EXCEPTION
    WHEN OTHERS THEN
        RAISE NOTICE 'MemoryLoop goes on without the extension vector: %', SQLERRM;
END
$$;

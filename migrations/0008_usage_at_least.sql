-- Whether an answer took more than its counts say: it, or a part of it, was stopped or broke off before all was counted.
ALTER TABLE messages ADD COLUMN usage_at_least boolean NOT NULL DEFAULT false;

-- Article 6: how long the person of a request is kept, and what goes with her.

-- From when on the retention counts: the event that closed the request, or the appointment; null while it is open.
alter table booking add column kept_since bigint;

-- When the person was erased. Then `sealed` and `key_id` are empty and both hashes are zeros: nobody's.
alter table booking add column erased_at bigint;

-- Those whose retention ends next.
create index booking_kept on booking (office, state, kept_since) where kept_since is not null and erased_at is null;

-- Whose answer it is; null in a mark.
alter table idempotency add column booking bigint constraint idempotency_booking references booking (id);
create index idempotency_of_booking on idempotency (booking);

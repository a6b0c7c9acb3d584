-- The store's first schema. Times are milliseconds since 1970-01-01 UTC. Every row names its office.

-- Which migrations this database has seen.
create table migration (
    number     integer not null constraint migration_number primary key,
    name       text    not null,
    applied_at integer not null
) strict;

-- Article 6: which key the sealed data needs, so that a lost key is noticed at the start and never replaced.
create table meta (
    name  text not null constraint meta_name primary key,
    value text not null
) strict, without rowid;

-- Article 4(1): a request, and what becomes of it.
create table booking (
    id               integer not null constraint booking_id primary key,
    office           text    not null,
    -- Said on the telephone; has no power.
    reception_number text    not null,
    -- SHA-256 of the receipt code; the code itself is nowhere.
    receipt_hash     blob    not null,
    -- Article 4(2).
    state            text    not null,
    version          integer not null,
    -- Article 4(1) "by the day before": lateness is judged by this moment.
    received_at      integer not null,
    -- Article 4(2): unanswered when this moment passes, the request lapses.
    last_wish_at     integer not null,
    -- Article 4(3): bookings of one number are counted by its keyed hash.
    number_hash      blob    not null,
    -- Article 6: name, date of birth, number, attendants, findings, in one sealed piece.
    key_id           text    not null,
    sealed           blob    not null,
    -- Preamble, article 11: what was agreed to, on what basis, in which language, when by the device's clock.
    terms_id         text    not null,
    terms_sha256     text    not null,
    consent_basis    text    not null,
    consent_language text    not null,
    entered_at       integer not null,
    -- Article 10: the outcomes alone; what was found is sealed.
    own_device       integer not null,
    checklist        text    not null,
    -- Two people are never told the same number.
    constraint booking_reception_number unique (reception_number),
    -- Article 4(2): the picture of a request's life.
    constraint booking_state check (state in (
        'requested', 'declined', 'withdrawn', 'lapsed', 'confirmed', 'held', 'cancelled',
        'cancelled_by_office', 'stopped', 'deemed_cancelled')),
    constraint booking_receipt_hash check (length(receipt_hash) = 32),
    constraint booking_number_hash check (length(number_hash) = 32),
    constraint booking_own_device check (own_device in (0, 1))
) strict;

-- The desk's waiting requests, and those that lapse.
create index booking_waiting on booking (office, state, last_wish_at);

-- Article 4(3): all bookings of one number.
create index booking_of_number on booking (office, number_hash);

-- Article 4(1)④: the wishes in order of preference.
create table wish (
    office      text    not null,
    booking     integer not null constraint wish_booking references booking (id) on delete cascade,
    position    integer not null,
    start_at    integer not null,
    -- Why the wish had gone when the request arrived, and the clause of that; null while it stood.
    gone_code   text,
    gone_clause text,
    constraint wish_position primary key (booking, position),
    constraint wish_different unique (booking, start_at)
) strict, without rowid;

-- Article 4(2): every change of state, appended, never rewritten.
create table event (
    office  text    not null,
    booking integer not null constraint event_booking references booking (id),
    version integer not null,
    at      integer not null,
    actor   text    not null,
    kind    text    not null,
    -- Free text of people, sealed under the booking's key.
    key_id  text,
    sealed  blob,
    constraint event_version primary key (booking, version)
) strict, without rowid;

-- Not in the terms: a request that is sent twice is one request. Kept 14 days.
create table idempotency (
    office      text    not null,
    key         blob    not null,
    -- Keyed hash of the body: a plain one would be an oracle for guessing personal data.
    fingerprint blob    not null,
    -- The answer, sealed, because it holds the receipt code.
    key_id      text    not null,
    answer      blob    not null,
    created_at  integer not null,
    constraint idempotency_key unique (office, key)
) strict;

-- Expired keys are found by their age.
create index idempotency_age on idempotency (created_at);

-- Not in the terms: no more counsellings at a time than officers. One row per cell of the grid and seat of a confirmed
-- appointment, so that two officers can never overfill a slot, whatever they press at the same moment.
create table seat_cell (
    office     text    not null,
    cell_start integer not null,
    seat       integer not null,
    booking    integer not null constraint seat_cell_booking references booking (id),
    constraint seat_cell_taken_once primary key (office, cell_start, seat)
) strict, without rowid;

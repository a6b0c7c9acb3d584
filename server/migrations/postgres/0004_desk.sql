-- The desk: staff, duties, settings, records. Times are milliseconds since 1970-01-01 UTC, days are texts (2026-11-26), truth
-- values are 0 and 1. What people wrote is sealed: the id of its key, then its bytes.

-- Article 4(1): how the booking came in, by whose hand, and from which counselling.
alter table booking add column channel text not null default 'widget'
    constraint booking_channel check (channel in ('widget', 'telephone', 'counter', 'counselling'));
alter table booking add column entered_by text;
alter table booking add column next_of bigint constraint booking_next_of references booking (id);

-- Article 2(3): the officer of the counselling before.
alter table booking add column proposed_officer text;

-- Article 4(2): the officer's mark that name, date of birth and number match the registration.
alter table booking add column identity_checked bigint not null default 0;

-- Article 4(3): a deemed cancellation counts only when an officer has affirmed that nobody came and no word was sent.
alter table booking add column affirmed_at bigint;
alter table booking add column affirmed_by text;

-- Article 6: a legal hold stops the erasure.
alter table booking add column legal_hold bigint not null default 0;

-- Article 4(2): keyed hash of the meeting ID, to find the same one in overlapping counsellings.
alter table appointment add column meeting_hash bytea;

create index booking_by_start on booking (office, start_at) where start_at is not null;
-- The figures are counted along these two, in their order and without sorting. The terms are those of
-- store/desk/figures.rs: the week, counted from Monday, 29 December 1969, in Japan; days from the receipt to the start.
create index booking_by_receipt on booking (
    office, ((received_at + 291600000) / 604800000), channel, state,
    (case when start_at is null then null
        when (start_at + 32400000) / 86400000 - (received_at + 32400000) / 86400000 < 1 then 0
        when (start_at + 32400000) / 86400000 - (received_at + 32400000) / 86400000 < 4
            then (start_at + 32400000) / 86400000 - (received_at + 32400000) / 86400000
        when (start_at + 32400000) / 86400000 - (received_at + 32400000) / 86400000 < 8 then 4
        when (start_at + 32400000) / 86400000 - (received_at + 32400000) / 86400000 < 15 then 8
        else 15 end)) include (received_at, start_at);
create index booking_by_week on booking (
    office, ((start_at + 291600000) / 604800000), state, (case when affirmed_at is null then 0 else 1 end)) include (start_at, affirmed_at)
    where start_at is not null;

-- The state is the same in all rows of these two; as a column of them it keeps SQLite from taking an index of the state alone or
-- of the start alone for as good: that of the start has every counselling there ever was.
drop index booking_silent;
create index booking_silent on booking (office, state, start_at)
    where state = 'confirmed' and not joined and not word_received;
create index booking_unaffirmed on booking (office, state, start_at)
    where state = 'deemed_cancelled' and affirmed_at is null;
create index event_by_time on event (office, at);

-- Article 4(2): who has still to be told of what. `version` is the booking's that she does not know of yet.
create table duty (
    office    text    not null,
    booking   bigint not null constraint duty_booking references booking (id),
    version   bigint not null,
    kind      text    not null,
    opened_at bigint not null,
    closed_at bigint,
    -- An officer, `job_seeker` who opened the receipt, or `clock` when a later change took its place.
    closed_by text,
    -- telephone, mail, counter, receipt, later
    channel   text,
    constraint duty_version primary key (booking, version)
);

create index duty_open on duty (office, opened_at) where closed_at is null;

-- Article 6: names are found by keyed hashes of their folded beginnings; they go with the person.
create table name_token (
    office  text    not null,
    token   bytea    not null,
    booking bigint not null constraint name_token_booking references booking (id),
    constraint name_token_once primary key (office, token, booking)
);

create index name_token_of_booking on name_token (booking);

-- The staff of the desk.
create table staff (
    office     text    not null,
    -- Also the officer's id in events and appointments.
    id         text    not null,
    login      text    not null,
    name       text    not null,
    role       text    not null constraint staff_role check (role in ('officer', 'manager')),
    -- Argon2id, as a PHC string; null until the invitation was taken.
    password   text,
    -- The secret of the one-time passwords, sealed; null where there are none.
    totp_key_id text,
    totp       bytea,
    -- The last step that was used: none is taken twice.
    totp_step  bigint,
    -- A manager can require one-time passwords.
    totp_required bigint not null default 0,
    -- Failed sign-ins in a row, and until when the next one waits.
    failures   bigint not null default 0,
    wait_until bigint,
    -- SHA-256 of the secret in the address of her calendar feed.
    feed_hash  bytea,
    created_at bigint not null,
    ended_at   bigint,
    constraint staff_id primary key (office, id),
    constraint staff_login unique (office, login)
);

-- Codes for whoever has lost her device; SHA-256 of 80 random bits.
create table recovery_code (
    office  text    not null,
    staff   text    not null,
    hash    bytea    not null,
    used_at bigint,
    constraint recovery_code_hash primary key (office, staff, hash)
);

-- One-time links: an invitation, or a new password. `staff` is null for the first manager.
create table invitation (
    office     text    not null,
    -- SHA-256 of the link's secret.
    hash       bytea    not null,
    staff      text,
    role       text    not null constraint invitation_role check (role in ('officer', 'manager')),
    made_by    text    not null,
    made_at    bigint not null,
    expires_at bigint not null,
    used_at    bigint,
    constraint invitation_hash primary key (office, hash)
);

-- Who is signed in, where.
create table web_session (
    office     text    not null,
    -- Names it in the list of sessions.
    id         text    not null,
    -- SHA-256 of the cookie.
    hash       bytea    not null,
    staff      text    not null,
    -- Family of browser and system.
    device     text    not null,
    created_at bigint not null,
    seen_at    bigint not null,
    -- When the password was given last, for what needs it once more.
    proven_at  bigint not null,
    ended_at   bigint,
    constraint web_session_hash primary key (office, hash),
    constraint web_session_id unique (office, id)
);

create index web_session_of_staff on web_session (office, staff);

-- Article 4(1): what the desk sets for single days, beside the office's own files.
create table seats_of_day (
    office text    not null,
    day    text    not null,
    seats  bigint not null,
    set_by text    not null,
    set_at bigint not null,
    constraint seats_of_day_day primary key (office, day)
);

create table closure (
    office text    not null,
    day    text    not null,
    reason text    not null,
    set_by text    not null,
    set_at bigint not null,
    constraint closure_day primary key (office, day)
);

-- Switches of the desk, by name.
create table desk_setting (
    office text    not null,
    name   text    not null,
    value  text    not null,
    constraint desk_setting_name primary key (office, name)
);

-- Articles 4(3) and 10(1): a number whose use is refused or suspended, by people, with reason and optional end.
create table suspension (
    id           bigint generated always as identity constraint suspension_id primary key,
    office       text    not null,
    number_hash  bytea    not null,
    kind         text    not null constraint suspension_kind check (kind in ('conduct', 'silence')),
    key_id       text    not null,
    reason       bytea    not null,
    -- From which booking it was made.
    booking      bigint not null constraint suspension_booking references booking (id),
    made_by      text    not null,
    made_at      bigint not null,
    -- The first day on which it is over; null: open.
    ends         text,
    -- When a manager last looked at it.
    reviewed_at  bigint not null,
    lifted_by    text,
    lifted_at    bigint,
    lifted_key_id text,
    lifted       bytea
);

create index suspension_of_number on suspension (office, number_hash);

-- Article 5(1): one visit. The pseudonym is of its month alone; null on a shared device.
create table visit (
    id         bigint generated always as identity constraint visit_id primary key,
    office     text    not null,
    month      text    not null,
    pseudonym  bytea,
    -- The furthest step that was reached, and when it began and was seen last.
    step       text    not null,
    began_at   bigint not null,
    seen_at    bigint not null,
    os         text    not null,
    browser    text    not null,
    -- Outcomes of the checks, `camera=passed,network=failed`.
    checks     text    not null,
    constraint visit_pseudonym unique (office, month, pseudonym)
);

create index visit_by_time on visit (office, began_at);
-- The figures leap along these from kind to kind, and count.
create index visit_by_kind on visit (office, (step || ' ' || os || ' ' || browser), began_at) include (step, os, browser);
create index visit_by_checks on visit (office, checks, began_at) where checks <> '';

-- Articles 5(2) and 6: disclosures by law, and to the person herself; kept for good.
create table disclosure (
    id          bigint generated always as identity constraint disclosure_id primary key,
    office      text    not null,
    kind        text    not null constraint disclosure_kind check (kind in ('lawful', 'own')),
    -- Who asked, on what ground, what scope: sealed.
    key_id      text    not null,
    sealed      bytea    not null,
    made_by     text    not null,
    made_at     bigint not null,
    approved_by text,
    approved_at bigint,
    exported_by text,
    exported_at bigint
);

-- Every sensitive reading and every change by the staff. A row that is in the chain has a place in it, and the hash of what it
-- says and of the row before: a change or a gap can be found.
create table audit (
    id      bigint generated always as identity constraint audit_id primary key,
    office  text    not null,
    at      bigint not null,
    -- An officer's id, or `anybody` before sign-in.
    actor   text    not null,
    act     text    not null,
    -- What it was done to: a reception number, an officer's id, a day.
    subject text    not null,
    place   bigint,
    hash    bytea,
    constraint audit_place unique (office, place)
);

create index audit_unchained on audit (office, id) where place is null;
create index audit_by_subject on audit (office, subject, id);
create index audit_by_actor on audit (office, actor, id);

-- Articles 4(2), 4(3): what is arranged for a request, and how that ends.

-- Since when the booking is in its state; null until the first change after this migration.
alter table booking add column state_at bigint;

-- What the office tells the seeker with the state: a reason, sealed.
alter table booking add column told_key_id text;
alter table booking add column told bytea;

-- The version of the booking that made the appointment in force, and its start; null while nothing is arranged.
alter table booking add column arranged_in bigint;
alter table booking add column start_at bigint;

-- Article 4(3): either of them stops the silence.
alter table booking add column joined boolean not null default false;
alter table booking add column word_received boolean not null default false;

-- The silences that have lasted long enough.
create index booking_silent on booking (office, start_at)
    where state = 'confirmed' and not joined and not word_received;

-- Article 4(2): every time and meeting that was arranged, the last one in force.
create table appointment (
    office   text   not null,
    booking  bigint not null constraint appointment_booking references booking (id),
    version  bigint not null,
    start_at bigint not null,
    end_at   bigint not null,
    -- At once or later.
    officer  text,
    -- Meeting ID, join link, passcode, in one sealed piece.
    key_id   text   not null,
    meeting  bytea  not null,
    constraint appointment_version primary key (booking, version),
    constraint appointment_order check (start_at < end_at)
);

-- Article 2(3): an officer never has two counsellings at a time.
create table officer_cell (
    office     text   not null,
    officer    text   not null,
    cell_start bigint not null,
    booking    bigint not null constraint officer_cell_booking references booking (id),
    constraint officer_cell_taken_once primary key (office, officer, cell_start)
);

-- What a booking takes is given back with it.
create index seat_cell_of_booking on seat_cell (booking);
create index officer_cell_of_booking on officer_cell (booking);

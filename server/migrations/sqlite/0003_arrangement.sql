-- Articles 4(2), 4(3): what is arranged for a request, and how that ends.

-- Since when the booking is in its state; null until the first change after this migration.
alter table booking add column state_at integer;

-- What the office tells the seeker with the state: a reason, sealed.
alter table booking add column told_key_id text;
alter table booking add column told blob;

-- The version of the booking that made the appointment in force, and its start; null while nothing is arranged.
alter table booking add column arranged_in integer;
alter table booking add column start_at integer;

-- Article 4(3): either of them stops the silence.
alter table booking add column joined integer not null default 0 constraint booking_joined check (joined in (0, 1));
alter table booking add column word_received integer not null default 0
    constraint booking_word_received check (word_received in (0, 1));

-- The silences that have lasted long enough.
create index booking_silent on booking (office, start_at)
    where state = 'confirmed' and joined = 0 and word_received = 0;

-- Article 4(2): every time and meeting that was arranged, the last one in force.
create table appointment (
    office   text    not null,
    booking  integer not null constraint appointment_booking references booking (id),
    version  integer not null,
    start_at integer not null,
    end_at   integer not null,
    -- At once or later.
    officer  text,
    -- Meeting ID, join link, passcode, in one sealed piece.
    key_id   text    not null,
    meeting  blob    not null,
    constraint appointment_version primary key (booking, version),
    constraint appointment_order check (start_at < end_at)
) strict, without rowid;

-- Article 2(3): an officer never has two counsellings at a time.
create table officer_cell (
    office     text    not null,
    officer    text    not null,
    cell_start integer not null,
    booking    integer not null constraint officer_cell_booking references booking (id),
    constraint officer_cell_taken_once primary key (office, officer, cell_start)
) strict, without rowid;

-- What a booking takes is given back with it.
create index seat_cell_of_booking on seat_cell (booking);
create index officer_cell_of_booking on officer_cell (booking);

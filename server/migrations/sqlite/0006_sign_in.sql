-- Signing in: who is slowed down, which browsers are known, who gave whom rights. RULEBOOK, "Staff and their accounts".

-- One-time passwords end when the link is taken, not when it is made.
alter table invitation add column without_codes integer not null default 0;

-- Who invited somebody, made her a manager or gave her a new link: she does not approve for whom she has it from, nor the other
-- way round, for a while.
create table right_given (
    office   text    not null,
    staff    text    not null,
    given_by text    not null,
    given_at integer not null
) strict;

create index right_given_by_time on right_given (office, given_at);
insert into right_given (office, staff, given_by, given_at)
    select office, subject, actor, at from audit where act in ('invited', 'made_manager', 'link_made') and actor <> 'shell';

-- Failed sign-ins in a row, and until when the next one waits. The key is a keyed hash: of a login, whether somebody has it or not,
-- of a known browser and a login, or of a session.
create table sign_in_counter (
    office          text    not null,
    key             blob    not null,
    failures        integer not null,
    wait_until      integer,
    -- Wrong one-time passwords since the last right one, with the right password.
    code_failures   integer not null,
    code_wait_until integer,
    tried_at        integer not null,
    constraint sign_in_counter_key primary key (office, key)
) strict, without rowid;

create index sign_in_counter_by_time on sign_in_counter (office, tried_at);
alter table staff drop column failures;
alter table staff drop column wait_until;

-- Browsers in which somebody has signed in before; SHA-256 of a cookie that opens nothing.
create table known_browser (
    office  text    not null,
    hash    blob    not null,
    staff   text    not null,
    used_at integer not null,
    constraint known_browser_hash primary key (office, hash, staff)
) strict, without rowid;

create index known_browser_of_staff on known_browser (office, staff, used_at);

-- Somebody who has the password guesses one-time passwords; until she and a manager have seen it.
create table sign_in_alarm (
    office          text    not null,
    staff           text    not null,
    at              integer not null,
    failures        integer not null,
    seen_by_her     integer,
    seen_by_manager integer,
    constraint sign_in_alarm_staff primary key (office, staff)
) strict, without rowid;

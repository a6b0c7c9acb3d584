-- Nothing asks for the events of all bookings by time: it was paid at every event, and used by no statement.
drop index event_by_time;

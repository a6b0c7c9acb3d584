//! Articles 4(3) and 10(1): a number whose use is refused or suspended, by people.

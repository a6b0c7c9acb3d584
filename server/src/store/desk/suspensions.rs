//! Articles 4(3) and 10(1): refused and suspended numbers.

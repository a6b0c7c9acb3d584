//! Articles 4(2), 6: corrections, attendants, identity, a new receipt.

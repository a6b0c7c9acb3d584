//! Article 4(2): who has still to be told of what.

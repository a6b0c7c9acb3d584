//! Article 5(1): the record of a visit.

//! What the origin promises: head, record, keys, policy, tree, entry, labels.

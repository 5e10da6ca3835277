"""Where received objects are made durable before they are taken in: one short write each, in place of many."""

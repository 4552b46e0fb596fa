"""`./run db copy-to`: everything that one database holds, in another one, all or nothing."""

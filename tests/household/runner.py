"""Runs sync_all_users, as a process of its own, with a chain that copies plays and likes alone."""

import runpy

from api_syncs import chain

if __name__ == "__main__":
    chain.CHAIN = tuple(
        step for step in chain.CHAIN if step.module.endswith(("track_plays", "sync_liked_tracks"))
    )
    runpy.run_module("api_syncs.sync_all_users", run_name="__main__")

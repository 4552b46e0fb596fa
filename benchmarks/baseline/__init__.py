"""What ours is compared with: a bare script, which does the least that a step can cost, and a plain client, which does what most tools of
this kind do (page after page, row by row, everything written again), as well as that can be done: one session, one connection, few commits.

None of it knows anything of ours but the names of the settings.
"""

import random

import psycopg2
import pytest

from tests.api_syncs.deriving.years import Listening
from tests.connections import BY_HAND


@pytest.fixture
def listening(small_world):
    """`listening(seed)`."""
    connections = []

    def make(seed):
        world = small_world(liked=0, albums=0, plays=0)
        world.run("db.init_db")
        connections.append(psycopg2.connect(world.dsn, application_name=BY_HAND))
        return Listening(world, connections[-1], random.Random(seed))

    yield make
    for connection in connections:
        connection.close()

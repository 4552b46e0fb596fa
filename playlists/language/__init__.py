"""The rule language: reads a YAML or JSON document into a `Definition`, or raises an error that says where and why."""

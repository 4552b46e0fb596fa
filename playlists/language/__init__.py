"""The rule language: a YAML or JSON document becomes a `Definition`, or an error that says where and why."""

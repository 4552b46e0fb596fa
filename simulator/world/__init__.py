"""What an account holds: plain objects, their ids, and the edits a listener can make. No HTTP, no JSON."""

"""`make chaos`: both engines count while a seeded schedule of faults hits all they depend on."""

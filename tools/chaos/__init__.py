"""`make chaos`: both engines count while a seeded schedule of faults strikes everything that they stand on; then every count is checked."""

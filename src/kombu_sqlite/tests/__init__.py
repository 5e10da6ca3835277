"""Tests of the transport: alone, and under real Celery workers in processes of their own."""

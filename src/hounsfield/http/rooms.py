"""The rooms that the application is made of. Importing this module loads every table, job, hook and text."""

from fastapi import APIRouter

from hounsfield.accounts.api import router as accounts

ROUTERS: tuple[APIRouter, ...] = (accounts,)

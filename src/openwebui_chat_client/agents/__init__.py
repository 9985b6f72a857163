"""Conversations that drive themselves: continuous chats, deep research, tasks; built on turns."""

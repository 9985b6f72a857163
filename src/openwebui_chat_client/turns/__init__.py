"""The stateful chat: questions and answers that the server keeps."""

# Runs a command on a terminal of its own and speaks in lines of JSON: argv is COLUMNS ROWS COMMAND...; on stdin
# {"resize": [COLUMNS, ROWS]} and {"keys": "..."}; on stdout {"data": "<base64>"} and at the end {"exit": CODE}.
import base64, fcntl, json, os, pty, select, signal, struct, sys, termios

columns, rows, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
tell = lambda message: print(json.dumps(message), flush=True)
child, terminal = pty.fork()
if child == 0:
    # The size is there before anything looks at it.
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.execvp(command[0], command)

pending = b""
inputs = [terminal, 0]
while True:
    ready, _, _ = select.select(inputs, [], [])
    if terminal in ready:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            data = b""
        if not data:
            break
        tell({"data": base64.b64encode(data).decode()})
    if 0 in ready:
        data = os.read(0, 65536)
        if not data:
            inputs.remove(0)
            os.kill(child, signal.SIGKILL)
        pending += data
        *lines, pending = pending.split(b"\n")
        for line in lines:
            order = json.loads(line)
            if "keys" in order:
                os.write(terminal, order["keys"].encode())
            else:
                width, height = order["resize"]
                fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
_, status = os.waitpid(child, 0)
tell({"exit": os.waitstatus_to_exitcode(status)})

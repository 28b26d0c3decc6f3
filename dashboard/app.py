"""The planner's page; `sliproad app` starts it. Guarded, since worker processes must not run it again."""

if __name__ == "__main__":
    from router import show

    show()

"""Files of strangers: judged by their content, kept where no web server looks."""

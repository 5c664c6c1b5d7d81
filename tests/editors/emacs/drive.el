;;; drive.el --- lets a test see into an Emacs that a user works in  -*- lexical-binding: t -*-

;; A line that comes from the test is a form in a JSON string; its value goes back as a line of JSON.  Keys come from
;; the terminal, as a user's do.

(require 'json)

(setq inhibit-startup-screen t
      ring-bell-function #'ignore
      make-backup-files nil
      auto-save-default nil
      create-lockfiles nil
      ;; The compiler would start this Emacs anew, without the loader it needs.
      native-comp-jit-compilation nil
      native-comp-enable-subr-trampolines nil)

(defvar drive-connection nil)
(defvar drive-unread "")
(defvar drive-changes nil "The changes of the watched buffer, newest first: (BY START DELETED INSERTED).")
(defvar drive-by "user" "Whose hand changes buffers now.")
(defvar drive-before nil "What the user does right before the next edit arrives.")
(defvar drive-after nil "What the user does right after the next edit has arrived.")

(defun drive-tell (line)
  (process-send-string drive-connection (concat line "\n")))

(defun drive-value (form)
  "The value of FORM in the window the user is in, as a line of JSON."
  (condition-case trouble
      (json-encode (list :value (with-current-buffer (window-buffer) (eval (read form) t))))
    (error (json-encode (list :error (error-message-string trouble))))))

(defun drive-take (_process chunk)
  (setq drive-unread (concat drive-unread chunk))
  (while (string-match "\n" drive-unread)
    (let ((line (substring drive-unread 0 (match-beginning 0))))
      (setq drive-unread (substring drive-unread (match-end 0)))
      (drive-tell (drive-value (json-parse-string line))))))

(defun drive-pressed ()
  "All keys the test has pressed so far are dealt with."
  (interactive)
  (drive-tell (json-encode '(:pressed t))))

(defun drive-tick (ticks)
  "Tell when a timer has run TICKS times."
  (if (zerop ticks)
      (drive-tell (json-encode '(:ticked t)))
    (run-with-timer 0.01 nil #'drive-tick (1- ticks))))

(defun drive-watch ()
  "Write down every change of the current buffer from now on."
  (setq drive-changes nil)
  (add-hook 'after-change-functions
            (lambda (start end deleted)
              (push (vector drive-by (1- start) deleted (buffer-substring-no-properties start end)) drive-changes))
            nil t))

(defun drive-edit (apply &rest arguments)
  "Around the function that makes the server's edits."
  (let ((drive-by "glm")) (apply apply arguments)))

(defun drive-arrival (handle server method &rest arguments)
  "Around the function that takes requests from the server."
  (when-let* ((_ (eq method 'workspace/applyEdit)) (types drive-before))
    (setq drive-before nil)
    (with-current-buffer (window-buffer) (funcall types)))
  (unwind-protect (apply handle server method arguments)
    (when-let* ((_ (eq method 'workspace/applyEdit)) (types drive-after))
      (setq drive-after nil)
      (with-current-buffer (window-buffer) (funcall types)))))

(with-eval-after-load 'eglot
  (advice-add 'eglot--apply-text-edits :around #'drive-edit)
  (advice-add 'eglot-handle-request :around #'drive-arrival))

(keymap-global-set "<f12>" #'drive-pressed)
(setq drive-connection
      (make-network-process :name "drive" :family 'local :service (getenv "DRIVE_SOCKET") :coding 'utf-8-unix
                            :filter #'drive-take :noquery t))
